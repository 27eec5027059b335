/*
 * Builds the addon for Linux with gcc. It calls the kernel by itself and links with no library, not even that of C: so the same file
 * serves Node with glibc and with musl, whatever their versions.
 */

import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { filesOf, put } from '../files.mjs';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

const here = fileURLToPath(new URL('.', import.meta.url));
const objects = fileURLToPath(new URL('../build/linux-x64', import.meta.url));

const warnings = ['-Wall', '-Wextra', '-Werror'];
const alone = [
  '-ffreestanding',
  '-nostdlib',
  '-fno-stack-protector',
  '-fvisibility=hidden',
  '-fcf-protection=none',
];
/** The same sources make the same bytes. */
const link = ['-shared', '-fPIC', '-s', '-Wl,--build-id=none', '-Wl,-z,now', '-Wl,-z,noexecstack'];

export async function buildLinux(target) {
  mkdirSync(objects, { recursive: true });
  const linked = join(objects, 'bmcloud.node');
  const sources = filesOf(here, '.c');
  const headers = `-isystem${require('node-api-headers').include_dir}`;
  await run('gcc', ['-std=c11', '-O2', ...warnings, ...alone, ...link, headers, '-o', linked, ...sources]);
  put(linked, target);
}

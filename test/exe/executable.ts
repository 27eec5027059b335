import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeExecutable } from '../../packaging/exe.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

const START = 'bmcloud-test-executable-';
const DAY = 86_400_000;

/** Whether the one-file program can be run here; elsewhere its parts are tested alone. */
export const runsHere = process.platform === 'linux' && process.arch === 'x64';

/** The one-file program of the built project; made once for what it is made of, since that takes ten seconds. */
export async function executable(): Promise<string> {
  const directory = join(tmpdir(), `${START}${hashOfInputs()}`);
  removeOld();
  const made = join(directory, 'bmcloud-linux-x64');
  return existsSync(made) ? made : await makeExecutable('linux-x64', directory);
}

function hashOfInputs(): string {
  const hash = createHash('sha256');
  for (const name of ['package.json', 'package-lock.json', 'oclif.manifest.json'])
    hash.update(readFileSync(join(root, name)));
  for (const name of ['packaging', 'dist', 'bin']) {
    const entries = readdirSync(join(root, name), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort((a, b) => (a < b ? -1 : 1))) hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function removeOld(): void {
  for (const name of readdirSync(tmpdir()).filter((name) => name.startsWith(START))) {
    const directory = join(tmpdir(), name);
    const stats = statSync(directory, { throwIfNoEntry: false });
    if (stats && Date.now() - stats.mtimeMs > DAY) rmSync(directory, { recursive: true, force: true });
  }
}

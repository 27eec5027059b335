import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lane, project, runInWine, windowsPath } from './lane.mjs';

/*
 * The root of a snapshot must never be asked for by itself: Node strips the end of its path, so on a real Windows it would open the
 * device of the volume, and fail. Wine is more lenient, so its trace of calls is what shows it.
 */

const device = 'HarddiskVolumeShadowCopy\\d+';
const below = new RegExp(`CreateFileW L.*${device}\\\\.*kept\\.txt"`);
const root = new RegExp(`(CreateFileW|GetFileAttributes(Ex)?W) L.*${device}"`);

/** Pushes from a snapshot with every call traced. @throws if the root was asked for, or nothing was read from a snapshot */
export async function checkFrozenRoot() {
  const name = `traced-${process.pid}`;
  const source = join(lane.cache, 'volume', name);
  const home = mkdtempSync(join(tmpdir(), 'bmcloud-traced-'));
  try {
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, 'kept.txt'), 'kept');
    const calls = await tracedPush(`T:\\${name}`, home);
    if (!calls.some((call) => below.test(call))) throw new Error('nothing was read from a snapshot');
    const wrong = calls.find((call) => root.test(call));
    if (wrong !== undefined) throw new Error(`the root of a snapshot was asked for: ${wrong}`);
    console.log('windows lane: the root of a snapshot is never asked for by itself');
  } finally {
    rmSync(source, { recursive: true });
    rmSync(home, { recursive: true });
  }
}

async function tracedPush(source, home) {
  const log = join(home, 'calls.log');
  const places = ['CACHE', 'STATE', 'CONFIG', 'DATA'].map((place) => [
    `BMCLOUD_${place}_DIR`,
    windowsPath(join(home, place)),
  ]);
  const env = { ...Object.fromEntries(places), WINEDEBUG: '+file' };
  const program = windowsPath(join(project, 'bin/run.js'));
  const code = await runInWine([lane.node, program, 'push', source, '--shadow', 'always'], { log, env });
  const lines = readFileSync(log, 'latin1').split('\n');
  if (code !== 0) throw new Error(`the traced push ended with ${code}: ${lines.slice(-3).join(' ')}`);
  return lines;
}

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lane, project, windowsPath, wine, wineEnv } from './lane.mjs';

/*
 * Ctrl+C in a console stops a watch in an orderly way. A program of the lane has no console, so that this is asked outside of the
 * tests: from a terminal Wine makes one. Ctrl+Break, and a console that is closed, it does not pass on from there.
 */

const LIMIT = 60_000;
const CTRL_C = '\u0003';

/** @throws if the watch does not push, or does not end by itself, with exit code 0 */
export async function checkConsole() {
  const home = mkdtempSync(join(tmpdir(), 'bmcloud-console-'));
  try {
    mkdirSync(join(home, 'source'));
    writeFileSync(join(home, 'source', 'file'), 'stored');
    const watch = beginInConsole(home, ['watch', windowsPath(join(home, 'source')), '--no-events']);
    try {
      await untilPushed(home, watch);
      watch.stdin.write(CTRL_C);
      const code = await Promise.race([watch.ended, sleep(LIMIT, 'none', { ref: false })]);
      if (code !== 0) throw new Error(`after Ctrl+C the watch ended with ${code}: ${watch.text()}`);
    } finally {
      watch.kill('SIGKILL');
    }
    console.log('windows lane: Ctrl+C in a console stops a watch in an orderly way');
  } finally {
    rmSync(home, { recursive: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** `script` has a terminal for it, passes on what is typed, and answers with its exit code. */
function beginInConsole(home, args) {
  const all = [wine.program, lane.node, windowsPath(join(project, 'bin/run.js')), ...args];
  const places = ['CACHE', 'STATE', 'CONFIG', 'DATA'].map((place) => [
    `BMCLOUD_${place}_DIR`,
    windowsPath(join(home, place)),
  ]);
  // Wine tells its program of what is typed; the signal that comes with it would be told as another one.
  const command = `trap '' INT; exec ${all.map((word) => `'${word}'`).join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: wineEnv({ TERM: 'xterm', SHELL: '/bin/sh', ...Object.fromEntries(places) }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.text = () => stripVTControlCharacters(output).slice(-1000);
  child.ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  return child;
}

async function untilPushed(home, watch) {
  for (const end = Date.now() + LIMIT; Date.now() < end; await sleep(200))
    if (pushesOf(join(home, 'STATE', 'watch')) > 0) return;
  throw new Error(`a watch in a console pushed nothing: ${watch.text()}`);
}

/** As its status file tells them. */
function pushesOf(directory) {
  try {
    const [name] = readdirSync(directory).filter((one) => one.endsWith('.json'));
    return JSON.parse(readFileSync(join(directory, name), 'utf8')).jobs[0].pushes;
  } catch {
    return 0; // not there yet, or just being replaced
  }
}

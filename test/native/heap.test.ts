import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hasGlibcAddon, heapsIn } from './heaps.ts';

const addon = fileURLToPath(new URL('../../prebuilds/linux-x64/bmcloud.node', import.meta.url));

/** Loads the addon, does something with it, and begins threads that take memory; prints what is mapped before and after. */
const program = (act: string) => `
  const { readFileSync } = require('node:fs');
  const { Worker } = require('node:worker_threads');
  const maps = () => readFileSync('/proc/self/maps', 'utf8');
  const before = maps();
  const addon = require(${JSON.stringify(addon)});
  const answer = ${act};
  const thread = \`const all = Array.from({ length: 100 }, () => Buffer.allocUnsafeSlow(5000));
    require('node:worker_threads').parentPort.once('message', () => all.length = 0).postMessage('ready');\`;
  const threads = Array.from({ length: 6 }, () => new Worker(thread, { eval: true }));
  const ready = threads.map((one) => new Promise((resolve) => one.once('message', resolve)));
  Promise.all(ready).then(() => {
    console.log(JSON.stringify([answer, before, maps()]));
    for (const one of threads) one.postMessage('end');
  });`;

function heaps(act: string): { answer: unknown; before: number; after: number } {
  const env = { PATH: process.env.PATH };
  const said = execFileSync(process.execPath, ['-e', program(act)], { env, maxBuffer: 16 * 1024 * 1024 });
  const [answer, before, after] = JSON.parse(said.toString());
  return { answer, before: heapsIn(before), after: heapsIn(after) };
}

test.skipIf(!hasGlibcAddon)('threads that begin later have fewer heaps', () => {
  const shared = heaps('addon.limitHeaps()');
  expect(shared.answer).toBe(true);
  const own = heaps('undefined');
  // Threads that Node has begun by then may take their first memory later.
  expect(shared.after - shared.before).toBeLessThan(own.after - own.before);
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { push } from '../../src/push.ts';
import { watch } from '../../src/watch.ts';
import { FakeWindowsFiles } from '../fakes/windows-files.ts';
import { makeRepository } from '../fixtures/repository.ts';
import { pushOptions } from '../format/program.ts';

const CHECKS = 2000;
const CHANGED_EVERY = 40;
/** Bytes of the heap: far less than a kilobyte a check would be. */
const MOST_GROWTH = 1_500_000;
/** Bytes of buffers, which come and go by a few MiB with every push: one that is kept for each push would show. */
const MOST_OUTSIDE = 24 * 1024 * 1024;

test('memory stays flat over thousands of checks', async () => {
  const made = await makeRepository();
  // Without a thread for each look, a check takes milliseconds.
  const windowsFiles = new FakeWindowsFiles();
  for (let n = 0; n < 50; n++) {
    await mkdir(join(made.source, `d${n % 5}`), { recursive: true });
    await writeFile(join(made.source, `d${n % 5}`, `f${n}`), String(n));
  }
  const options = pushOptions({ sources: [made.source], job: 'test', windowsFiles });
  await new Promise((resolve) => setTimeout(resolve, 2100));
  await push(made.repository, options);
  const stop = new AbortController();
  const heaps: number[] = [];
  const outside: number[] = [];
  let checks = 0;
  let pushes = 0;
  const job = { name: 'test', repository: async () => made.repository, options };
  const fast = { interval: 0, debounce: 0, minDistance: 0, events: false as const };
  for await (const event of watch([job], { ...fast, stop: stop.signal })) {
    if (event.type === 'failed') throw event.error;
    if (event.type === 'pushed') pushes++;
    if (event.type !== 'checking') continue;
    if (++checks % CHANGED_EVERY === 0) await writeFile(join(made.source, 'd0', 'f'), String(checks));
    if (checks % 250 === 0) {
      const { heapUsed, external } = memoryInUse();
      heaps.push(heapUsed);
      outside.push(external);
    }
    windowsFiles.calls.length = 0;
    made.events.length = 0;
    if (checks === CHECKS) stop.abort();
  }
  await made.cleanup();
  console.info(
    `${pushes} pushes; MiB: ${heaps.map(inMebibytes).join(' ')}, and outside of the heap ${outside.map(inMebibytes).join(' ')}`,
  );
  expect(pushes).toBeGreaterThanOrEqual(CHECKS / CHANGED_EVERY);
  expect(Math.min(...heaps.slice(-3)) - Math.min(...heaps.slice(0, 3))).toBeLessThan(MOST_GROWTH);
  expect(Math.max(...outside)).toBeLessThan(MOST_OUTSIDE);
}, 300_000);

function inMebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(2);
}

function memoryInUse(): { heapUsed: number; external: number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage();
}

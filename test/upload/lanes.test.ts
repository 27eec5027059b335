import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { push } from '../../src/push.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { type Pieces, readPieces, type Store } from '../../src/store/store.ts';
import { type LaneHost, Lanes } from '../../src/upload/lanes.ts';
import type { LaneTask, ReadResult } from '../../src/upload/tasks.ts';
import { makeRepository } from '../fixtures/repository.ts';
import { pushOptions } from '../format/program.ts';

/** Takes a piece of every other stream each 50 milliseconds: those pieces wait, and others overtake them. */
function unevenlySlow(store: Store): Store {
  let streams = 0;
  return {
    ...store,
    putStream: async (key, pieces) => await store.putStream(key, streams++ % 2 === 0 ? late(pieces) : pieces),
  };
}

async function* late(pieces: Pieces): AsyncGenerator<Uint8Array> {
  for await (const piece of readPieces(pieces)) {
    await passed(50);
    yield piece;
  }
}

test('a lane hears of all that the store took, though it is let go of by then', async () => {
  const made = await makeRepository({ store: unevenlySlow(memoryStore()) });
  try {
    for (const name of ['a', 'b', 'c']) writeFileSync(join(made.source, name), randomBytes(20 * 1024 * 1024));
    const { statistics } = await push(made.repository, pushOptions({ sources: [made.source], workers: 2 }));
    expect(statistics.bytesStored).toBeGreaterThan(60 * 1024 * 1024);
  } finally {
    await made.cleanup();
  }
}, 30_000);

const task: LaneTask = { kind: 'files', files: new Uint8Array(0) };

/** Lanes whose tasks end when the test says so. */
function lanesOf(most: number) {
  const tasks: { lane: number; end: () => void }[] = [];
  const finished: number[] = [];
  let begun = 0;
  const begin = (): LaneHost => {
    const lane = begun++;
    return {
      run: () => new Promise<ReadResult[]>((resolve) => tasks.push({ lane, end: () => resolve([]) })),
      finish: async () => {
        finished.push(lane);
      },
      close: async () => {},
    };
  };
  return { lanes: new Lanes(begin, most), tasks, finished, begun: () => begun };
}

/** Lets what was asked for arrive. */
const turn = () => passed(0);

test('a lane begins when those before it have their fill, and no more than there may be', async () => {
  const { lanes, tasks, finished, begun } = lanesOf(2);
  expect(lanes.room).toBe(4);
  const work = [lanes.run(task), lanes.run(task)];
  await turn();
  expect(begun()).toBe(1);
  work.push(lanes.run(task), lanes.run(task), lanes.run(task));
  await turn();
  expect(begun()).toBe(2);
  expect(tasks.map(({ lane }) => lane)).toEqual([0, 0, 1, 1]);
  tasks[2]?.end();
  await turn();
  expect(tasks.at(-1)?.lane).toBe(1);
  for (const { end } of tasks) end();
  await Promise.all(work);
  await lanes.finish();
  expect(finished).toEqual([0, 1]);
});

test('for a stripe of a large file a lane begins at once', async () => {
  const { lanes, tasks } = lanesOf(2);
  const file = { path: new Uint8Array(1), stat: new Uint8Array(1), size: 1, edited: false };
  const stripe = (index: number): LaneTask => ({ kind: 'stripe', file, index, last: false });
  const work = [0, 1, 2].map((index) => lanes.run(stripe(index)));
  await turn();
  expect(tasks.map(({ lane }) => lane)).toEqual([0, 1, 0]);
  for (const { end } of tasks) end();
  await Promise.all(work);
});

test('a number of lanes that is none is refused', async () => {
  const made = await makeRepository({ store: memoryStore() });
  try {
    for (const workers of [Number.NaN, -1, 1.5, 257])
      await expect(
        push(made.repository, pushOptions({ sources: [made.source], workers })),
      ).rejects.toMatchObject({
        code: 'usage',
      });
  } finally {
    await made.cleanup();
  }
});

test('lanes that begin ahead share what comes', async () => {
  const { lanes, tasks, begun } = lanesOf(3);
  lanes.warmUp();
  expect(begun()).toBe(3);
  const work = [lanes.run(task), lanes.run(task), lanes.run(task)];
  await turn();
  expect(tasks.map(({ lane }) => lane)).toEqual([0, 1, 2]);
  for (const { end } of tasks) end();
  await Promise.all(work);
});

test('where nothing was read, no lane ends; and none begins after the end', async () => {
  const { lanes, finished, begun } = lanesOf(2);
  await lanes.finish();
  expect(finished).toEqual([]);
  await lanes.close();
  lanes.warmUp();
  expect(begun()).toBe(0);
});

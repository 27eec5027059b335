import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BmcloudError } from '../src/errors.ts';
import { push } from '../src/push.ts';
import { lockJob } from '../src/repository/job-lock.ts';
import { listSnapshots } from '../src/snapshots.ts';
import { memoryStore } from '../src/store/memory.ts';
import { unpushed } from '../src/unpushed.ts';
import type { Subscribe } from '../src/watch/change-events.ts';
import { type WatchEvent, type WatchJob, type WatchOptions, watch } from '../src/watch.ts';
import { faultStore, faults } from './fakes/fault-store.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';
import { pushOptions } from './format/program.ts';

let made: TestRepository;
let stop: AbortController;
beforeEach(async () => {
  made = await makeRepository();
  stop = new AbortController();
  await writeFile(join(made.source, 'one'), '1');
});
afterEach(() => made.cleanup());

const options = () => pushOptions({ sources: [made.source], job: 'test' });
const job = (more: Partial<WatchJob> = {}): WatchJob => ({
  name: 'test',
  repository: async () => made.repository,
  options: options(),
  ...more,
});
const fast: WatchOptions = { interval: 20, debounce: 1, minDistance: 0, events: false };

/** Tells `until` each event until it says that this was enough. */
async function watchUntil(
  jobs: WatchJob[],
  more: WatchOptions,
  until: (event: WatchEvent, events: WatchEvent[]) => unknown,
): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of watch(jobs, { ...fast, stop: stop.signal, ...more })) {
    events.push(event);
    if (await until(event, events)) stop.abort();
  }
  return events;
}

const typesOf = (events: WatchEvent[]) => events.map(({ type }) => type);
const count = (events: WatchEvent[], type: WatchEvent['type']) =>
  typesOf(events).filter((one) => one === type).length;
const snapshots = async () => (await listSnapshots(made.repository)).length;
/** Old enough to be trusted when it is read. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 2100));

describe('a watched job', () => {
  test('is pushed at first, then only when something changed', async () => {
    await settled();
    const events = await watchUntil([job()], {}, async (_, events) => {
      if (count(events, 'unchanged') === 3 && count(events, 'pushed') === 1) {
        await writeFile(join(made.source, 'two'), '2');
        return false;
      }
      return count(events, 'pushed') === 2;
    });
    expect(await snapshots()).toBe(2);
    expect(typesOf(events).slice(0, 4)).toEqual(['watching', 'checking', 'pushing', 'pushed']);
    expect(events.at(-1)).toMatchObject({ type: 'pushed', result: { statistics: { new: 1, deleted: 0 } } });
  });

  test('is not pushed by the next watch either', async () => {
    await settled();
    await watchUntil([job()], { once: true }, () => false);
    const events = await watchUntil([job()], { once: true }, () => false);
    expect(typesOf(events)).toEqual(['watching', 'checking', 'unchanged']);
    expect(await snapshots()).toBe(1);
  });

  test('asks the store nothing while nothing changes', async () => {
    await settled();
    await push(made.repository, options());
    const before = { ...made.repository.counts.requests };
    expect(await unpushed(made.repository, options())).toMatchObject({ differences: 0 });
    expect(made.repository.counts.requests).toEqual(before);
  });

  test('that was read within the tick of a change is read once more, and settles with a snapshot', async () => {
    await watchUntil([job()], { once: true }, async ({ type }) => {
      // On a slow machine it would be old enough by now.
      if (type === 'pushing') await writeFile(join(made.source, 'one'), '1');
    });
    expect(await unpushed(made.repository, options())).toMatchObject({ differences: 1 });
    let now = 0;
    const clocks = { steady: () => now, wall: () => 0 };
    const events = await watchUntil([job()], { clocks }, async (event, events) => {
      now += 30_000;
      if (event.type === 'watching') await settled();
      return count(events, 'unchanged') === 2 && count(events, 'pushed') === 1;
    });
    expect(count(events, 'failed')).toBe(0);
    expect(await unpushed(made.repository, options())).toMatchObject({ differences: 0 });
  });

  test('sees what a push beside it stored', async () => {
    await settled();
    const events = await watchUntil([job()], {}, async (event, events) => {
      if (event.type !== 'pushed') return count(events, 'unchanged') > 1;
      await writeFile(join(made.source, 'two'), '2');
      await settled();
      return void (await push(made.repository, options()));
    });
    expect(count(events, 'pushed')).toBe(1);
    expect(await snapshots()).toBe(2);
  });
});

test('what a push can do nothing about is tried again at growing distances, and with a snapshot', async () => {
  await settled();
  const { job: pushed, ...result } = await push(made.repository, options());
  await writeFile(join(made.source, 'unreadable'), '2');
  const asked: boolean[] = [];
  const stubborn = job({
    push: async (_, { skipUnchanged }) => {
      asked.push(skipUnchanged);
      return { job: pushed, ...result };
    },
  });
  let now = 0;
  const clocks = { steady: () => now, wall: () => 0 };
  const events = await watchUntil([stubborn], { clocks }, (event) => {
    now += event.type === 'unchanged' ? 20_000 : 100;
    return now > 200_000;
  });
  expect(asked).toEqual([true, false, false]);
  expect(events.at(-1)).toMatchObject({ type: 'unchanged', left: 2 });
});

describe('changes that the system tells of', () => {
  test('are looked at without waiting for the interval', async () => {
    let change = () => {};
    const subscribe: Subscribe = async (_, __, on) => {
      change = on.change;
      return async () => {};
    };
    await settled();
    const begin = performance.now();
    const events = await watchUntil(
      [job()],
      { interval: 60_000, events: subscribe },
      async (event, events) => {
        if (event.type === 'pushed' && count(events, 'pushed') === 1) {
          await writeFile(join(made.source, 'two'), '2');
          setTimeout(() => change(), 200); // while the watch waits
        }
        return count(events, 'pushed') === 2;
      },
    );
    expect(performance.now() - begin).toBeLessThan(20_000);
    expect(events).toContainEqual({ type: 'checking', job: 'test', reason: 'change' });
  });

  test('are found by the interval where the system has nothing to tell', async () => {
    const refuse: Subscribe = async () => {
      throw new Error('no native part');
    };
    const events = await watchUntil([job()], { events: refuse }, (event) => event.type === 'no-events');
    expect(events.at(-1)).toMatchObject({
      type: 'no-events',
      directory: made.source,
      message: 'no native part',
    });
    expect(count(events, 'pushed')).toBe(1);
  });
});

describe('what fails', () => {
  test('is tried again, and other jobs go on', async () => {
    await settled();
    let now = 0;
    let attempts = 0;
    const broken = job({
      name: 'broken',
      repository: async () => {
        if (++attempts < 4)
          throw new BmcloudError('store-unreachable', 'Nobody answers', { transient: true });
        return made.repository;
      },
    });
    const clocks = { steady: () => now, wall: () => 0 };
    const events = await watchUntil([broken, job()], { clocks, random: () => 1 }, (event) => {
      now += 5000;
      return (
        'job' in event && event.job === 'broken' && (event.type === 'pushed' || event.type === 'unchanged')
      );
    });
    const failed = events.filter((event) => event.type === 'failed');
    expect(failed).toMatchObject([
      { job: 'broken', failures: 1, wait: 10_000 },
      { failures: 2, wait: 20_000 },
      { failures: 3, wait: 40_000 },
    ]);
    expect(events.filter((event) => event.type === 'pushed' && event.job === 'test')).toHaveLength(1);
  });

  test('a store that breaks in the middle of a push is gone on with when it is back', async () => {
    const faulty = faultStore(memoryStore());
    const other = await makeRepository({ store: faulty });
    await writeFile(join(other.source, 'one'), '1');
    for (const call of ['putStream', 'put', 'putIfAbsent'] as const)
      faulty.inject(call, { kind: 'fail', error: faults.timeout() });
    let now = 0;
    const clocks = { steady: () => now, wall: () => 0 };
    const { source } = other;
    const broken = job({
      repository: async () => other.repository,
      options: { ...options(), sources: [source] },
    });
    const events = await watchUntil([broken], { clocks }, (event) => {
      now += 60_000;
      return event.type === 'pushed';
    });
    expect(count(events, 'failed')).toBeGreaterThan(1);
    expect(events.at(-1)).toMatchObject({ type: 'pushed', result: { statistics: { new: 2 } } });
    await other.cleanup();
  });

  test('an empty source is a failure, not a deletion of everything', async () => {
    await settled();
    const events = await watchUntil([job()], {}, async (event) => {
      if (event.type === 'pushed') await rm(join(made.source, 'one'));
      return event.type === 'failed';
    });
    expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'source-empty' } });
    expect(await snapshots()).toBe(1);
  });

  test('a job that somebody else pushes is busy, and is tried again', async () => {
    const { job: pushed } = await push(made.repository, options());
    await writeFile(join(made.source, 'two'), '2');
    const lock = await lockJob(made.repository.cachePath('jobs', `${pushed.id}.lock`), {
      wait: false,
      onWait: () => {},
    });
    let attempts = 0;
    const counted = job({
      push: async (repository, all) => {
        attempts++;
        return await push(repository, all);
      },
    });
    const events = await watchUntil([counted], {}, async (event) => {
      if (event.type === 'busy') await lock.release();
      return event.type === 'pushed';
    });
    expect(typesOf(events)).toEqual(['watching', 'checking', 'busy', 'checking', 'pushing', 'pushed']);
    // With its hooks it would have run for nothing.
    expect(attempts).toBe(1);
    expect(await snapshots()).toBe(2);
  });
});

describe('the end', () => {
  test('an interruption in the middle of a push is no failure: what was done is kept', async () => {
    const interrupt = new AbortController();
    const slow = job({
      push: async (repository, all) => {
        interrupt.abort();
        return await push(repository, all);
      },
    });
    const events = await watchUntil([slow], { signal: interrupt.signal }, () => false);
    expect(typesOf(events)).toEqual(['watching', 'checking', 'pushing']);
    expect(await snapshots()).toBe(0);
  });

  test('a stop lets the push under way come to its end', async () => {
    const slow = job({
      push: async (repository, all) => {
        stop.abort();
        return await push(repository, all);
      },
    });
    expect(typesOf(await watchUntil([slow], {}, () => false)).at(-1)).toBe('pushed');
    expect(await snapshots()).toBe(1);
  });

  test('a stop ends a wait of hours at once', async () => {
    const begin = performance.now();
    await watchUntil([job()], { interval: 86_400_000 }, (event) => {
      if (event.type === 'pushed') setTimeout(() => stop.abort(), 100);
    });
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  test('who leaves the iteration ends the subscriptions', async () => {
    let open = 0;
    const subscribe: Subscribe = async () => {
      open++;
      return async () => void open--;
    };
    for await (const event of watch([job()], { ...fast, events: subscribe }))
      if (event.type === 'pushed') break;
    expect(open).toBe(0);
  });
});

test('a machine that slept checks when it wakes, although its steady clock stood still', async () => {
  await settled();
  let wall = 0;
  const clocks = { steady: () => 0, wall: () => wall };
  let change = () => {};
  const subscribe: Subscribe = async (_, __, on) => {
    change = on.change;
    return async () => {};
  };
  const events = await watchUntil(
    [job()],
    { clocks, interval: 3_600_000, debounce: 7_200_000, events: subscribe },
    (event, events) => {
      if (event.type === 'pushed')
        setTimeout(() => {
          wall += 3_600_000;
          change(); // any wake-up looks at the clocks; the debounce is far away
        }, 50);
      return count(events, 'checking') === 2;
    },
  );
  expect(events.findLast((event) => event.type === 'checking')).toMatchObject({ reason: 'interval' });
});

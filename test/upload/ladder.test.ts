import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { list } from '../../src/list.ts';
import { push } from '../../src/push.ts';
import { status } from '../../src/status.ts';
import type { PushOptions } from '../../src/upload/plan.ts';
import type { PushResult } from '../../src/upload/result.ts';
import { type Holder, hold, holdAll, whyNothingIsHeld } from '../fixtures/held-file.ts';
import { lacks } from '../fixtures/platform.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushOptions, restoreTo } from '../format/program.ts';

/*
 * Files that another program really holds, through all rungs of the ladder.
 */

const why = whyNothingIsHeld();
if (why) console.log(`skipped: ${why}`);

let made: TestRepository;
let file: string;
const holders: Holder[] = [];
beforeEach(async () => {
  made = await makeRepository({ now: () => new Date(Date.now() + 10_000) });
  file = join(made.source, 'mail.pst');
  writeFileSync(file, 'first version');
  writeFileSync(join(made.source, 'free'), 'free');
});
afterEach(async () => {
  for (const holder of holders.splice(0)) await holder.release();
  await made.cleanup();
});

async function held(path = file): Promise<Holder> {
  const holder = await hold(path);
  holders.push(holder);
  return holder;
}

async function heldAll(directory: string): Promise<void> {
  holders.push(await holdAll(directory));
}

const pushed = (options: Partial<PushOptions> = {}): Promise<PushResult> =>
  push(made.repository, pushOptions({ sources: [made.source], retries: 1, retryDelay: 20, ...options }));

const oftenHeld = async () =>
  (await status(made.repository, { ...pushOptions({}), sources: [made.source] })).oftenHeld;

async function restored(result: PushResult): Promise<(name: string) => string> {
  const to = mkdtempSync(join(made.root, 'to-'));
  await restoreTo(made.repository, result.snapshot!, to);
  return (name) => readFileSync(join(to, name), 'utf8');
}

/** Runs as a user whom the system refuses what root may. */
async function asNobody<T>(run: () => Promise<T>): Promise<T> {
  execFileSync('chown', ['-R', '65534', made.root]);
  process.seteuid?.(65534);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}

const withoutViews = (unavailable: string) => ({
  openFor: async () => {},
  pathInShadow: async () => ({ unavailable }),
  removeLeftovers: async () => {},
  close: async () => {},
});

/** A view that was frozen when it was made: a copy, as a snapshot of a volume is. */
function frozenViews() {
  const copy = mkdtempSync(join(made.root, 'frozen-'));
  const asked: string[] = [];
  let closed = 0;
  return {
    asked,
    closed: () => closed,
    freeze: () => cpSync(made.source, copy, { recursive: true, preserveTimestamps: true }),
    /** As a snapshot that runs full: a file of it cannot be read any more. */
    spoil(name: string) {
      rmSync(join(copy, name));
      mkdirSync(join(copy, name));
    },
    async pathInShadow(path: Uint8Array) {
      const name = Buffer.from(path)
        .toString()
        .slice(made.source.length + 1);
      asked.push(name);
      return { path: Buffer.from(join(copy, name)), provider: 'copy' };
    },
    async close() {
      closed++;
    },
    async removeLeftovers() {},
    async openFor() {},
  };
}

describe.skipIf(why)('a file that another program holds', () => {
  test('is read again while the push goes on', async () => {
    const holder = await held();
    setTimeout(() => void holder.release(), 100);
    const result = await pushed({ retries: 6, retryDelay: 40 });
    expect(result.skipped).toEqual([]);
    expect((await restored(result))('mail.pst')).toBe('first version');
  });

  test('is tried once more at the end', async () => {
    for (let i = 0; i < 24; i++) writeFileSync(join(made.source, `z${i}`), randomBytes(1 << 20));
    const holder = await held();
    const ended = made.events.length;
    const watch = setInterval(() => {
      if (made.events.slice(ended).some(({ type }) => type === 'progress')) void holder.release();
    }, 1);
    const result = await pushed({ retries: 0, shadow: 'never' });
    clearInterval(watch);
    expect(result.skipped).toEqual([]);
    expect((await restored(result))('mail.pst')).toBe('first version');
  });

  test('is skipped, named with its holder, and keeps its last good version', async () => {
    await pushed();
    writeFileSync(file, 'second version');
    const holder = await held();
    const result = await pushed({ shadow: 'never' });
    expect(result.skipped).toEqual([
      {
        path: 'source/mail.pst',
        code: 'EAGAIN',
        reason: expect.any(String),
        attempts: 3,
        tried: ['shared', 'retry', 'deferred'],
        owners: [expect.objectContaining({ pid: holder.pid, program: expect.stringContaining('python3') })],
      },
    ]);
    expect(result.statistics).toMatchObject({ skipped: 1, deleted: 0 });
    expect((await restored(result))('mail.pst')).toBe('first version');
    const entries = await Array.fromAsync(list(made.repository, { at: { latest: true }, recursive: true }));
    const kept = entries.find(({ path }) => path === 'source/mail.pst');
    expect(kept?.marks).toContain('carried-over');
  });

  test('is never a deletion, however often it is held', async () => {
    await pushed();
    writeFileSync(file, 'second version');
    await held();
    for (let i = 0; i < 4; i++) {
      const result = await pushed({ shadow: 'never' });
      expect(result.statistics.deleted).toBe(0);
      expect((await restored(result))('mail.pst')).toBe('first version');
    }
    await holders.splice(0)[0]!.release();
    const result = await pushed();
    expect(result.skipped).toEqual([]);
    expect((await restored(result))('mail.pst')).toBe('second version');
  });

  test('is read from a frozen view, which is made once and closed', async () => {
    const views = frozenViews();
    views.freeze();
    await held();
    const result = await pushed({ views });
    expect(views.asked).toEqual(['mail.pst']);
    expect(views.closed()).toBeGreaterThan(0);
    expect(result.skipped).toEqual([]);
    expect((await restored(result))('mail.pst')).toBe('first version');
  });

  test('is skipped with the reason when there is no frozen view', async () => {
    await held();
    const views = withoutViews('not elevated');
    const { skipped } = await pushed({ views });
    expect(skipped).toMatchObject([{ noShadow: 'not elevated', tried: ['shared', 'retry', 'deferred'] }]);
  });

  test('that was never free is taken from the frozen view at once, without waiting', async () => {
    const views = frozenViews();
    views.freeze();
    await held();
    for (let i = 0; i < 4; i++) {
      writeFileSync(join(made.source, 'free'), `${i}`);
      await pushed({ views, retries: 1, retryDelay: 10 });
    }
    const started = Date.now();
    const result = await pushed({ views, retries: 3, retryDelay: 60_000 });
    expect(Date.now() - started).toBeLessThan(30_000);
    expect(result.skipped).toEqual([]);
  });

  test('for the first time, and one that always is, both stay what they were', async () => {
    const first = join(made.source, 'a');
    const always = join(made.source, 'z');
    writeFileSync(first, 'a');
    writeFileSync(always, 'z');
    await pushed();
    writeFileSync(always, 'newer');
    await held(always);
    for (let i = 0; i < 2; i++) await pushed({ shadow: 'never', retries: 0 });
    for (const name of ['a', 'mail.pst', 'free']) writeFileSync(join(made.source, name), 'newer');
    await held(first);
    await held(file);
    const result = await pushed({ shadow: 'never', retries: 0 });
    const read = await restored(result);
    expect([read('a'), read('mail.pst'), read('free'), read('z')]).toEqual([
      'a',
      'first version',
      'newer',
      'z',
    ]);
  });

  test.skipIf(lacks('root'))('beside one that may not be read: both stay what they were', async () => {
    const refused = join(made.source, 'z');
    writeFileSync(refused, 'z');
    await pushed();
    writeFileSync(refused, 'newer');
    writeFileSync(file, 'newer');
    chmodSync(refused, 0);
    await held();
    const result = await asNobody(() => pushed({ shadow: 'never', retries: 0 }));
    expect(result.skipped.map(({ path, code }) => [path.slice(-1), code])).toEqual([
      ['z', 'EACCES'],
      ['t', 'EAGAIN'],
    ]);
    const read = await restored(result);
    expect([read('mail.pst'), read('z')]).toEqual(['first version', 'z']);
  });

  test('teaches nothing in a dry run, and is forgotten when it is free', async () => {
    const holder = await held();
    for (let i = 0; i < 3; i++) await pushed({ dryRun: true, retries: 0 });
    expect(await oftenHeld()).toEqual([]);
    for (let i = 0; i < 3; i++) await pushed({ shadow: 'never', retries: 0 });
    expect(await oftenHeld()).toMatchObject([{ held: 3, ended: 'skipped' }]);
    await holder.release();
    for (const text of ['second', 'third']) {
      writeFileSync(file, text);
      await pushed({ shadow: 'never', retries: 0 });
    }
    expect(await oftenHeld()).toEqual([]);
  });

  test('among many lock files is not lost', async () => {
    for (let i = 0; i < 1010; i++) {
      writeFileSync(join(made.source, `${i}.lock`), 'data');
    }
    await heldAll(made.source);
    const result = await pushed({ shadow: 'never', retries: 0 });
    expect(result.leftOut.heldLocks).toBe(1010);
    expect(result.statistics.skipped).toBe(2);
    expect(result.skipped.map(({ path }) => path.split('/').at(-1))).toEqual(['free', 'mail.pst']);
  });

  test('as a lock file is passed over quietly', async () => {
    const lock = join(made.source, 'Cargo.lock');
    writeFileSync(lock, 'data');
    await held(lock);
    const result = await pushed({ shadow: 'never' });
    expect(result.skipped).toEqual([]);
    expect(result.statistics.skipped).toBe(0);
    expect(result.leftOut.heldLocks).toBe(1);
    expect(made.events.filter(({ type }) => type === 'skipped')).toEqual([]);
  });
});

describe('reading everything from frozen views', () => {
  test('gives what the files were when they were frozen, and live files that came later', async () => {
    const views = frozenViews();
    views.freeze();
    writeFileSync(file, 'written later');
    writeFileSync(join(made.source, 'new'), 'new');
    const result = await pushed({ views, shadow: 'always' });
    const read = await restored(result);
    expect([read('mail.pst'), read('free'), read('new')]).toEqual(['first version', 'free', 'new']);
    expect(result.skipped).toEqual([]);
    expect(result.notFrozen).toEqual([]);
  });

  test('reads live what they do not give, and says so', async () => {
    const views = frozenViews();
    views.freeze();
    views.spoil('mail.pst');
    const result = await pushed({ views, shadow: 'always' });
    expect((await restored(result))('mail.pst')).toBe('first version');
    expect(result.skipped).toEqual([]);
    expect(result.notFrozen).toEqual([expect.stringMatching(/illegal operation on a directory/)]);
    expect(await oftenHeld()).toEqual([]);
  });

  test('says where that could not be, and reads the live files', async () => {
    const views = withoutViews('ext4 has none');
    const result = await pushed({ views, shadow: 'always' });
    expect(result.notFrozen).toEqual(['ext4 has none']);
    expect((await restored(result))('mail.pst')).toBe('first version');
  });

  test('asks for nothing in a dry run', async () => {
    const views = frozenViews();
    await pushed({ views, shadow: 'always', dryRun: true });
    expect(views.asked).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Difference, type DiffOptions, diff, sameFile } from '../../src/diff/diff.ts';
import {
  decodeStat,
  encodeContent,
  encodeStat,
  marks,
  noContent,
  type Stat,
  writeEntry,
} from '../../src/model/entry.ts';
import { comparePaths, isWithin } from '../../src/model/path.ts';
import { RunWriter } from '../../src/model/run.ts';
import { Tally } from '../../src/model/tally.ts';
import { Writer } from '../../src/model/wire.ts';
import { path, stat } from '../model/arbitraries.ts';

/** What stood at a path, or stands there now; `tag` is of its content. */
interface Version {
  stat: Stat;
  marks: number;
  tag: string;
}
type Model = Map<string, Version>;

const key = (name: Uint8Array) => Buffer.from(name).toString('latin1');
const bytes = (name: string) => new Uint8Array(Buffer.from(name, 'latin1'));

const statBytes = (one: Stat) => {
  const writer = new Writer();
  encodeStat(writer, one);
  return writer.take();
};
const contentBytes = ({ marks: bits, tag }: Version) => {
  const writer = new Writer();
  const unknown = [{ number: 100, critical: false, value: Buffer.from(tag) }];
  encodeContent(writer, { ...noContent, marks: bits, unknown });
  return writer.take();
};

function runOf(model: Model, batch: number): Uint8Array[] {
  const names = [...model.keys()].map(bytes).sort(comparePaths);
  const batches: Uint8Array[] = [];
  for (let i = 0; i < names.length; i += batch) {
    const out = new RunWriter(1);
    for (const name of names.slice(i, i + batch)) {
      const version = model.get(key(name))!;
      writeEntry(out.writer, name, statBytes(version.stat), contentBytes(version));
    }
    batches.push(out.take());
  }
  return batches;
}

async function differences(before: Model, now: Model, options: Partial<DiffOptions> = {}, batch = 2) {
  const counts = { same: 0, carried: 0, tally: new Tally() };
  const found: Difference[] = [];
  const all = { unseen: [], counts, ...options };
  for await (const some of diff(runOf(before, batch), runOf(now, batch + 1), all)) found.push(...some);
  return { found, counts };
}

const version: fc.Arbitrary<Version> = fc.record({
  stat,
  marks: fc.constantFrom(0, 0, 0, marks.racy, marks.changedWhileReading, marks.carriedOver),
  tag: fc.constantFrom('', 'gone', 'unclear'),
});

/** A model, and what became of it: mostly the same. */
const both: fc.Arbitrary<[Model, Model]> = fc
  .uniqueArray(
    fc.record({
      name: path,
      before: version,
      now: version,
      fate: fc.constantFrom('same', 'same', 'touched', 'changed', 'new', 'gone'),
    }),
    { maxLength: 8, selector: ({ name }) => key(name) },
  )
  .map((all) => {
    const before: Model = new Map();
    const now: Model = new Map();
    for (const { name, before: old, now: young, fate } of all) {
      if (fate !== 'new') before.set(key(name), old);
      if (fate === 'same') now.set(key(name), old);
      else if (fate === 'touched') now.set(key(name), { ...old, stat: { ...old.stat, uid: young.stat.uid } });
      else if (fate !== 'gone') now.set(key(name), young);
    }
    return [before, now];
  });

const isSame = (a: Stat, b: Stat) => Buffer.compare(statBytes(a), statBytes(b)) === 0;
const stored = (content: Uint8Array) => {
  const tag = Buffer.from(content).toString('latin1');
  return tag.endsWith('gone') ? false : tag.endsWith('unclear') ? 'unverified' : true;
};

/** What must be told of a path, by the words of the problem. */
function expectedKind(before: Version | undefined, now: Version | undefined): string | undefined {
  if (!before) return 'new';
  if (!now) return 'deleted';
  if (before.marks !== 0 || before.tag === 'gone' || !sameFile(before.stat, now.stat)) return 'changed';
  if (before.tag === 'unclear') return 'unverified';
  return isSame(before.stat, now.stat) ? undefined : 'touched';
}

describe('the difference of two runs', () => {
  test('is that of two maps, in the order of paths', async () => {
    await fc.assert(
      fc.asyncProperty(both, fc.integer({ min: 1, max: 4 }), async ([before, now], batch) => {
        const { found, counts } = await differences(before, now, { stored, batchSize: batch }, batch);
        const names = [...new Set([...before.keys(), ...now.keys()])].map(bytes).sort(comparePaths).map(key);
        const expected = names.flatMap((name) => {
          const kind = expectedKind(before.get(name), now.get(name));
          return kind ? [`${kind} ${name}`] : [];
        });
        expect(found.map((one) => `${one.kind} ${key(one.path)}`)).toEqual(expected);
        expect(counts.same).toBe(names.length - expected.length);
        expect(counts.tally.entries).toBe(counts.same);
      }),
      { numRuns: 300 },
    );
  });

  test('says of each what stood there and what stands there now', async () => {
    await fc.assert(
      fc.asyncProperty(both, async ([before, now]) => {
        for (const one of (await differences(before, now)).found) {
          const [old, young] = [before.get(key(one.path)), now.get(key(one.path))];
          if ('stat' in one) expect(one.stat).toEqual(statBytes(young!.stat));
          if ('before' in one)
            expect(one.before).toEqual({ stat: statBytes(old!.stat), content: contentBytes(old!) });
        }
      }),
    );
  });

  test('of a run and itself is nothing, unless it was not sure', async () => {
    await fc.assert(
      fc.asyncProperty(both, async ([before]) => {
        const { found } = await differences(before, before);
        const unsure = [...before.values()].filter((one) => one.marks !== 0);
        expect(found).toHaveLength(unsure.length);
      }),
    );
  });

  test('does not take for deleted what could not be looked at', async () => {
    await fc.assert(
      fc.asyncProperty(both, fc.array(path, { maxLength: 2 }), async ([before, now], others) => {
        const unseen = [...[...before.keys()].slice(0, 1).map(bytes), ...others];
        const { found, counts } = await differences(before, now, { unseen });
        const gone = [...before.keys()].filter((name) => !now.has(name));
        const hidden = gone.filter((name) => unseen.some((one) => isWithin(bytes(name), one)));
        const deleted = found.filter(({ kind }) => kind === 'deleted').map((one) => key(one.path));
        expect(deleted.sort()).toEqual(gone.filter((name) => !hidden.includes(name)).sort());
        expect(counts.carried).toBe(hidden.length);
      }),
    );
  });

  test('learns while it runs what could not be looked at', async () => {
    const one: Version = { stat: fc.sample(stat, 1)[0]!, marks: 0, tag: '' };
    const before: Model = new Map([
      ['a', one],
      ['b', one],
      ['b/c', one],
    ]);
    const unseen: Uint8Array[] = [];
    const found: string[] = [];
    const feed = (function* () {
      unseen.push(bytes('b'));
      yield* runOf(new Map([['a', one]]), 1);
    })();
    for await (const some of diff(runOf(before, 1), feed, { unseen, counts: { same: 0, carried: 0 } }))
      found.push(...some.map(({ kind, path: where }) => `${kind} ${key(where)}`));
    expect(found).toEqual([]);
  });
});

describe('the same file', () => {
  const other: Record<string, (one: Stat) => Stat> = {
    mtime: (one) => ({ ...one, mtime: { ...one.mtime, nanos: (one.mtime.nanos + 1) % 1_000_000_000 } }),
    ctime: (one) => ({ ...one, ctime: { ...one.ctime, seconds: one.ctime.seconds + 1 } }),
    inode: (one) => ({ ...one, inode: (one.inode ?? 0n) ^ 1n }),
    size: (one) => ({ ...one, size: one.size === 0 ? 1 : 0 }),
    type: (one) => ({ ...one, type: one.type === 'file' ? 'fifo' : 'file' }),
  };
  test.each(Object.keys(other))('is another once its %s differs', (name) => {
    fc.assert(
      fc.property(stat, (one) => {
        expect(sameFile(one, one)).toBe(true);
        expect(sameFile(one, decodeStat(statBytes(one)))).toBe(true);
        expect(sameFile(one, other[name]!(one))).toBe(false);
      }),
    );
  });

  test('is the same under another name of its user, device or mode', () => {
    fc.assert(
      fc.property(stat, stat, (one, two) => {
        const { user, group, uid, gid, device, links, birthTime, mode } = two;
        const stranger: Stat = { ...one, uid, gid, mode };
        Object.assign(stranger, { user, group, device, links, birthTime });
        expect(sameFile(one, stranger)).toBe(true);
      }),
    );
  });
});

import fc from 'fast-check';
import { expect } from 'vitest';
import { writeEntry } from '../../src/model/entry.ts';
import { comparePaths } from '../../src/model/path.ts';
import { deletionContent, isDeletion, type Run, RunCursor, RunWriter } from '../../src/model/run.ts';
import { path } from './arbitraries.ts';

/*
 * Runs of entries as plain maps, to compare what is done with runs with what is done with maps.
 */

/** Paths (one character a byte) to what stands there; undefined: deleted. */
export type Model = Map<string, string | undefined>;

export const key = (name: Uint8Array) => Buffer.from(name).toString('latin1');
export const bytes = (name: string) => new Uint8Array(Buffer.from(name, 'latin1'));

export const model = (deletions: boolean): fc.Arbitrary<Model> =>
  fc
    .array(
      fc.tuple(
        path,
        deletions ? fc.option(fc.string({ minLength: 1 }), { nil: undefined }) : fc.string({ minLength: 1 }),
      ),
      {
        maxLength: 8,
      },
    )
    .map((all) => new Map(all.map(([name, value]) => [key(name), value])));

/** The entries of a model in batches of so many. */
export function runOf(entries: Model, batch = 3): Uint8Array[] {
  const names = [...entries.keys()].map(bytes).sort(comparePaths);
  const batches: Uint8Array[] = [new Uint8Array(0)];
  for (let i = 0; i < names.length; i += batch) {
    const out = new RunWriter(1);
    for (const name of names.slice(i, i + batch)) {
      const value = entries.get(key(name));
      if (value === undefined) writeEntry(out.writer, name, new Uint8Array(0), deletionContent);
      else writeEntry(out.writer, name, Buffer.from(value), new Uint8Array(0));
    }
    batches.push(out.take(), new Uint8Array(0));
  }
  return batches;
}

export async function modelOf(run: Run): Promise<Model> {
  const cursor = new RunCursor(run, 'the test');
  const found: Model = new Map();
  let last: Uint8Array | undefined;
  while (cursor.advance() || (await cursor.refill())) {
    if (last) expect(comparePaths(last, cursor.path())).toBeLessThan(0);
    last = cursor.path().slice();
    found.set(key(last), isDeletion(cursor) ? undefined : Buffer.from(cursor.stat()).toString());
  }
  expect(cursor.done).toBe(true);
  return found;
}

export const laid = (older: Model, newer: Model): Model => new Map([...older, ...newer]);
export const alive = (all: Model): Model => new Map([...all].filter(([, value]) => value !== undefined));

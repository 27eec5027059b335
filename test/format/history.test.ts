import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stateOf } from './reader.mjs';
import { deletion, type Field } from './writer/encode.ts';
import {
  baseField,
  type ManifestPut,
  META,
  putIndex,
  putManifest,
  putPack,
  runListOf,
} from './writer/repository.ts';
import { based, JOB, makeSmall, type Small } from './writer/small.ts';
import { entryOf, sortedPaths } from './writer/tree.ts';

/** One snapshot: the version that each path gets (0: deleted), and how the manifest tells it. */
interface Step {
  edits: Record<string, number>;
  shape: 'inline' | 'segments' | 'state';
  /** How far back the base lies, beyond the previous number. */
  passedOver: number;
}

type State = Map<string, number>;

const PATHS = ['a', 'a-', 'a-/b', 'a/b', 'a/b/c', 'b', '\xff', '\xff/a'];
const step: fc.Arbitrary<Step> = fc.record({
  edits: fc.dictionary(fc.constantFrom(...PATHS), fc.nat(5)),
  shape: fc.constantFrom('inline', 'segments', 'state'),
  passedOver: fc.nat(2),
});

test('the state at every number is what the edits up to it make, however they are told', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), fc.nat(2), (steps, depth) => {
      const small = makeSmall();
      try {
        const states = putHistory(small, steps, depth);
        for (const [index, state] of states.entries())
          expect(found(small, index + 1)).toEqual([...state].sort(byPath));
      } finally {
        small.remove();
      }
    }),
    { numRuns: 25 },
  );
});

function found(small: Small, number: number): [string, number][] {
  const entries = stateOf(small.open(), JOB, number);
  return entries.map(({ path, stat }) => [path.toString('latin1'), Number(stat.modified.seconds)]);
}

function byPath([a]: [string, number], [b]: [string, number]): number {
  return sortedPaths([a, b])[0] === a ? -1 : 1;
}

/** Puts a snapshot for every step; answers the state after each. */
function putHistory(small: Small, steps: Step[], depth: number): State[] {
  const states: State[] = [];
  const manifests: ManifestPut[] = [];
  const meta: Buffer[] = [];
  for (const [index, { edits, shape, passedOver }] of steps.entries()) {
    const base = index - 1 - passedOver;
    const before: State = states[base] ?? new Map();
    const after = edited(before, edits);
    const fields =
      shape === 'state' && after.size > 0
        ? stateFields(small, after, depth, meta)
        : changeFields(small, before, after, shape, depth, meta);
    const link = baseField(manifests[base]);
    manifests.push(
      putManifest(small.repo, small.own, {
        job: JOB,
        number: index + 1,
        kind: 1,
        fields: based([...link, ...fields], small.registration),
      }),
    );
    states.push(after);
  }
  if (meta.length > 0)
    putIndex(small.repo, small.own, [putPack(small.repo, small.own, META, [distinct(meta)])]);
  return states;
}

function distinct(chunks: Buffer[]): Buffer[] {
  return [...new Map(chunks.map((chunk) => [chunk.toString('hex'), chunk])).values()];
}

function edited(before: State, edits: Record<string, number>): State {
  const all = Object.entries({ ...Object.fromEntries(before), ...edits });
  const there = new Map(all.filter(([, version]) => version > 0));
  for (const path of there.keys())
    for (const parent of parentsOf(path)) there.set(parent, there.get(parent) ?? 1);
  return there;
}

/** What lies above a path must be there too. */
function parentsOf(path: string): string[] {
  const components = path.split('/');
  return components.slice(1).map((_, index) => components.slice(0, index + 1).join('/'));
}

function stateFields(small: Small, state: State, depth: number, meta: Buffer[]): Field[] {
  return [[35, segments(small, state, sortedPaths([...state.keys()]), depth, meta)]];
}

function changeFields(
  small: Small,
  before: State,
  after: State,
  shape: string,
  depth: number,
  meta: Buffer[],
): Field[] {
  const paths = sortedPaths([...new Set([...before.keys(), ...after.keys()])]);
  const changed = paths.filter((path) => before.get(path) !== after.get(path));
  if (changed.length === 0) return [];
  if (shape === 'segments') return [[34, segments(small, after, changed, depth, meta)]];
  return [[33, Buffer.concat(changed.map((path) => encoded(small, after, path)))]];
}

function segments(small: Small, state: State, paths: string[], depth: number, meta: Buffer[]): Buffer {
  const run = paths.map((path) => ({
    path: Buffer.from(path, 'latin1'),
    encoded: encoded(small, state, path),
  }));
  return runListOf(small.own, run, { depth, perSegment: 2, meta });
}

function encoded({ own }: Small, state: State, path: string): Buffer {
  const version = state.get(path);
  if (!version) return deletion(Buffer.from(path, 'latin1'));
  return entryOf(own, path, { type: 'directory', seconds: version });
}

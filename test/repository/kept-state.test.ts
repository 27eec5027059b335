import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { KeptState, type NewHead } from '../../src/repository/kept-state.ts';
import { alive, laid, type Model, model, modelOf, runOf } from '../model/run-models.ts';

let directory: string;
let kept: KeptState;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bmcloud-kept-'));
  kept = new KeptState(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

const head = (number: number): NewHead => ({
  number,
  hash: new Uint8Array(32).fill(number),
  sources: [],
  entries: 0,
  since: { pushes: 0, bytes: 0, headers: [] },
});
const first: Model = new Map([
  ['a', 'one'],
  ['b', 'one'],
]);
const second: Model = new Map([
  ['b', 'two'],
  ['c', 'two'],
]);
const third: Model = new Map([
  ['a', undefined],
  ['b', 'one'],
]);

test('whatever is kept, in whatever steps, comes back', async () => {
  const step = fc.record({ isWhole: fc.boolean(), entries: model(true) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      await kept.forget();
      let expected: Model = new Map();
      for (const [number, { isWhole: isAny, entries }] of steps.entries()) {
        const isWhole = isAny || number === 0;
        expected = alive(isWhole ? entries : laid(expected, entries));
        await (isWhole
          ? kept.replace(head(number), runOf(expected))
          : kept.amend(head(number), runOf(entries)));
        expect((await kept.head())?.number).toBe(number);
        expect(await modelOf(await kept.run())).toEqual(expected);
      }
    }),
    { numRuns: 60 },
  );
});

test('changes of a state that is gone are not taken for all of it', async () => {
  await kept.replace(head(1), runOf(first));
  await kept.forget();
  await kept.amend(head(2), runOf(second));
  expect(await kept.head()).toBeUndefined();
});

test('changes do not write the state again, and two files are all there are', async () => {
  await kept.replace(head(1), runOf(first));
  const state = join(directory, 'state-0');
  const before = readFileSync(state);
  await kept.amend(head(2), runOf(second));
  await kept.amend(head(3), runOf(third));
  expect(readFileSync(state)).toEqual(before);
  expect(readdirSync(directory).sort()).toEqual(['changes-1', 'head.json', 'state-0']);
  await kept.replace(head(4), runOf(second));
  expect(readdirSync(directory).sort()).toEqual(['head.json', 'state-1']);
});

test('a push that changed nothing keeps state and changes', async () => {
  await kept.replace(head(1), runOf(first));
  await kept.amend(head(2), runOf(second));
  await kept.advance(head(3));
  expect(await kept.head()).toMatchObject({ number: 3 });
  expect(await modelOf(await kept.run())).toEqual(laid(first, second));
});

test('changes count from the moment their head is written', async () => {
  await kept.replace(head(1), runOf(first));
  await kept.amend(head(2), runOf(second));
  const headBefore = readFileSync(join(directory, 'head.json'));
  const changesBefore = readFileSync(join(directory, 'changes-0'));
  await kept.amend(head(3), runOf(third));
  // As if it had been killed before the head was written: what the old head names is still there then.
  writeFileSync(join(directory, 'head.json'), headBefore);
  writeFileSync(join(directory, 'changes-0'), changesBefore);
  expect(await modelOf(await kept.run())).toEqual(laid(first, second));
  await kept.amend(head(4), runOf(third));
  expect(await modelOf(await kept.run())).toEqual(alive(laid(laid(first, second), third)));
});

test.each(['state-0', 'changes-0'])('%s that is not whole is told, and forgotten', async (file) => {
  await kept.replace(head(1), runOf(first));
  await kept.amend(head(2), runOf(second));
  truncateSync(join(directory, file), 10);
  await expect(modelOf(await kept.run())).rejects.toMatchObject({ code: 'damaged', data: { local: true } });
  await kept.forget();
  expect(await modelOf(await kept.run())).toEqual(new Map());
  expect(existsSync(join(directory, 'head.json'))).toBe(false);
});

test('who does not know of changes makes the state anew', async () => {
  const version = () => JSON.parse(readFileSync(join(directory, 'head.json'), 'utf8')).version;
  await kept.replace(head(1), runOf(first));
  expect(version()).toBe(1);
  await kept.amend(head(2), runOf(second));
  expect(version()).toBe(2);
});

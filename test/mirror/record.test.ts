import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePath, pathText } from '../../src/mirror/paths.ts';
import { entryLine, parseEntry, type RecordEntry } from '../../src/mirror/record.ts';
import { distance, parseTime, timeText } from '../../src/mirror/times.ts';

const name = fc.uint8Array({ minLength: 1, maxLength: 12 }).filter((bytes) => {
  const text = Buffer.from(bytes).toString('latin1');
  return !/[/\0]/.test(text) && text !== '.' && text !== '..';
});
const path = fc
  .oneof(
    name,
    fc.constantFrom('a\\x41', 'é', '\\x', 'new\nline').map((text) => new Uint8Array(Buffer.from(text))),
  )
  .map((bytes) => Buffer.from(bytes));
const time = fc.record({
  seconds: fc.integer({ min: -8_640_000_000_000, max: 8_640_000_000_000 }),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
});

test('every path is a text of its own, and comes back', () => {
  fc.assert(
    fc.property(path, (bytes) => {
      expect(Buffer.from(parsePath(pathText(bytes)))).toEqual(bytes);
    }),
  );
});

test('times come back to the nanosecond, before 1970 and beyond year 9999', () => {
  fc.assert(
    fc.property(time, (stamp) => {
      expect(parseTime(timeText(stamp))).toEqual(stamp);
    }),
  );
  expect(distance({ seconds: 1, nanos: 0 }, { seconds: 0, nanos: 999_999_999 })).toBe(1);
  for (const text of ['', 'yesterday', '2026-11-21T08:00:00Z', 7]) expect(parseTime(text)).toBeUndefined();
});

test('what a line says is what it was made of', () => {
  const entry = fc
    .record({
      path,
      type: fc.constantFrom('file' as const, 'symlink' as const, 'directory' as const),
      size: fc.nat(),
      mtime: time,
      ctime: time,
      mode: fc.integer({ min: 0, max: 0o7777 }),
      operation: fc.constantFrom('new' as const, 'changed' as const, 'same' as const, 'deleted' as const),
      tracked: fc.boolean(),
      holder: fc.constantFrom('backup_20261121_080000', 'backup_20261121_090000'),
    })
    .map(({ holder, ...facts }): RecordEntry => {
      const isHeld = facts.tracked && facts.operation !== 'deleted' && facts.type !== 'directory';
      return {
        ...facts,
        size: facts.type === 'file' ? facts.size : 0,
        ...(facts.type === 'symlink' && { target: Buffer.from('a target') }),
        ...(isHeld && { heldBy: holder }),
      };
    });
  const own = 'backup_20261121_090000';
  fc.assert(
    fc.property(entry, (one) => {
      expect(parseEntry(entryLine(one, own), own, 'record')).toEqual(one);
    }),
  );
});

test.each(['{', '{}', '{"path":"a"}', '{"path":"..","operation":"new"}'])('%s is no line', (line) => {
  expect(() => parseEntry(line, 'backup_20261121_090000', 'record')).toThrow('record is damaged');
});

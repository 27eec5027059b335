import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Field, readFields, refuseRepetitions, writeField } from '../../src/model/record.ts';
import { decodeText, Reader, Writer } from '../../src/model/wire.ts';
import { anyBytes, count, text, time } from './arbitraries.ts';
import { mutated, mutation, reads } from './refusals.ts';

const reader = (bytes: Uint8Array) => new Reader(bytes, 'the test');

describe('numbers, bytes, texts and times come back', () => {
  test('varints, in the least bytes', () => {
    fc.assert(
      fc.property(count, (value) => {
        const bytes = new Writer(1).varint(value).take();
        expect(bytes.length).toBe(Math.max(1, Math.ceil(value.toString(2).length / 7)));
        const read = reader(bytes);
        expect(read.varint()).toBe(value);
        read.end();
      }),
    );
  });

  test('varints at the borders of their lengths', () => {
    const borders = Array.from({ length: 7 }, (_, i) => 2 ** (7 * (i + 1))).flatMap((n) => [n - 1, n]);
    for (const value of [0, 1, ...borders, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1])
      expect(reader(new Writer(1).varint(value).take()).varint()).toBe(value);
  });

  test('everything else', () => {
    fc.assert(
      fc.property(
        anyBytes(),
        time,
        text,
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.nat(),
        (bytes, moment, words, big, small) => {
          const writer = new Writer(1)
            .u8(7)
            .u32(small)
            .u64(big)
            .time(moment)
            .prefixed(bytes)
            .text(words)
            .raw(bytes);
          const read = reader(writer.take());
          expect(read.u8()).toBe(7);
          expect(read.u32()).toBe(small);
          expect(read.u64()).toBe(big);
          expect(read.time()).toEqual(moment);
          expect(read.prefixed()).toEqual(bytes);
          expect(decodeText(read.prefixed(), 'the test')).toBe(words);
          expect(read.rest()).toEqual(bytes);
          expect(read.remaining).toBe(0);
        },
      ),
    );
  });

  test('u64 of a number and of a bigint are the same bytes', () => {
    fc.assert(
      fc.property(count, (value) => {
        expect(new Writer().u64(value).take()).toEqual(new Writer().u64(BigInt(value)).take());
      }),
    );
  });
});

test('a writer that goes on after take does not touch what was taken', () => {
  const writer = new Writer(4).u32(1);
  const taken = writer.take();
  writer.u32(2).u32(3);
  expect(taken).toEqual(Uint8Array.of(1, 0, 0, 0));
  expect(writer.bytes()).toEqual(Uint8Array.of(2, 0, 0, 0, 3, 0, 0, 0));
});

describe('refuses', () => {
  const cases: [name: string, bytes: number[], read: (from: Reader) => unknown, message: RegExp][] = [
    ['a varint that is not minimal', [0x80, 0], (from) => from.varint(), /not minimal/],
    [
      'a varint of nine bytes',
      [255, 255, 255, 255, 255, 255, 255, 255, 1],
      (from) => from.varint(),
      /too long/,
    ],
    ['a varint beyond 2^53', [255, 255, 255, 255, 255, 255, 255, 127], (from) => from.varint(), /too large/],
    ['a varint cut short', [0x80], (from) => from.varint(), /cut short/],
    ['bytes cut short', [5, 1, 2], (from) => from.prefixed(), /cut short \(at byte 1\)/],
    [
      'too many nanoseconds',
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0xca, 0x9a, 0x3b],
      (from) => from.time(),
      /nanoseconds/,
    ],
    ['bytes after the end', [1], (from) => from.end(), /bytes too many/],
    ['a text that is not UTF-8', [0xff], (from) => decodeText(from.rest(), 'the test'), /not UTF-8/],
    [
      'a text with a lone surrogate',
      [0xed, 0xa0, 0x80],
      (from) => decodeText(from.rest(), 'the test'),
      /not UTF-8/,
    ],
  ];
  test.each(cases)('%s', (_, bytes, read, message) => {
    expect(() => read(reader(Uint8Array.from(bytes)))).toThrow(message);
    expect(() => read(reader(Uint8Array.from(bytes)))).toThrow(/^the test is damaged: /);
  });
});

describe('records', () => {
  const fields = fc
    .array(fc.record({ number: fc.nat(1000), critical: fc.boolean(), value: anyBytes() }))
    .map((all): Field[] => all.sort((a, b) => a.number - b.number));
  const encode = (all: Field[]) => {
    const writer = new Writer(1);
    for (const { number, critical, value } of all) writeField(writer, number, critical, value);
    return writer.take();
  };

  test('come back', () => {
    fc.assert(
      fc.property(fields, (all) => {
        expect(readFields(encode(all), 'the test')).toEqual(all);
      }),
    );
  });

  test('are refused out of order', () => {
    const out = encode([
      { number: 2, critical: true, value: new Uint8Array(0) },
      { number: 1, critical: true, value: new Uint8Array(0) },
    ]);
    expect(() => readFields(out, 'the test')).toThrow(/out of order/);
  });

  test('are read or refused when they are damaged, and nothing else happens', () => {
    fc.assert(
      fc.property(fields, mutation, (all, how) => {
        reads((bytes) => readFields(bytes, 'the test'), mutated(encode(all), how));
      }),
    );
    fc.assert(fc.property(anyBytes(200), (bytes) => void reads((some) => readFields(some, 'x'), bytes)));
  });

  test('may repeat some fields only', () => {
    const twice = [1, 2, 2, 3].map((number): Field => ({ number, critical: true, value: new Uint8Array(0) }));
    expect(() => refuseRepetitions(twice, (number) => number !== 2, 'the test')).not.toThrow();
    expect(() => refuseRepetitions(twice, (number) => number === 2, 'the test')).toThrow(
      /field 2 stands twice/,
    );
  });
});

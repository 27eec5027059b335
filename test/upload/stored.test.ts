import { expect, test } from 'vitest';
import { type Content, encodeContent, noContent, writeEntry } from '../../src/model/entry.ts';
import { Writer } from '../../src/model/wire.ts';
import type { KnownChunks } from '../../src/repository/known-chunks.ts';
import { JournalHints } from '../../src/upload/hints.ts';
import { areStored } from '../../src/upload/stored.ts';

/*
 * An entry can be relied on when all chunks that it names are stored: those of its data, and of its named streams.
 */

const here = new Uint8Array(32).fill(1);
const gone = new Uint8Array(32).fill(2);
const known = { has: (id: Uint8Array) => id[0] === 1 } as KnownChunks;
const listOf = (depth: number, ...ids: Uint8Array[]) => ({
  depth,
  items: ids.map((id) => ({ length: 7, id })),
});

function bytesOf(content: Partial<Content>): Uint8Array {
  const writer = new Writer();
  encodeContent(writer, { ...noContent, ...content });
  return writer.take();
}

const cases: [name: string, content: Partial<Content>, answer: boolean | 'unverified'][] = [
  ['nothing', {}, true],
  ['data', { list: listOf(0, here) }, true],
  ['data that are gone', { list: listOf(0, here, gone) }, false],
  ['deep data', { list: listOf(1, here) }, 'unverified'],
  ['a stream', { list: listOf(0), streams: [{ name: 'a', list: listOf(0, here) }] }, true],
  [
    'a stream that is gone',
    { list: listOf(0, here), streams: [{ name: 'a', list: listOf(0, gone) }] },
    false,
  ],
  ['a deep stream', { list: listOf(0, here), streams: [{ name: 'a', list: listOf(1, here) }] }, 'unverified'],
];

test.each(cases)('with %s', (_, content, answer) => {
  expect(areStored(bytesOf(content), known)).toBe(answer);
});

test.each(cases)('in a journal, with %s', async (_, content, answer) => {
  const stat = Uint8Array.of(3, 1, 2);
  const writer = new Writer();
  writeEntry(writer, Buffer.from('a'), stat, bytesOf(content));
  const hints = new JournalHints([writer.take()], (id) => known.has(id));
  expect(await hints.find(Buffer.from('a'), stat)).toEqual(answer === true ? bytesOf(content) : undefined);
});

import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkIdWith } from '../../src/chunk/id.ts';

test('the id is the HMAC of the hash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.array(fc.uint8Array()), (key, chunks) => {
      const idOf = chunkIdWith(key);
      for (const chunk of chunks) {
        const digest = createHash('sha256').update(chunk).digest();
        expect(idOf(chunk)).toEqual(new Uint8Array(createHmac('sha256', key).update(digest).digest()));
      }
    }),
  );
});

test('ids stay as they are when more are made', () => {
  const idOf = chunkIdWith(new Uint8Array(32));
  const first = idOf(Buffer.from('a'));
  const copy = first.slice();
  idOf(Buffer.from('b'));
  expect(first).toEqual(copy);
});

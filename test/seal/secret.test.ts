import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatGeneratedKey, newGeneratedKey, parseGeneratedKey } from '../../src/seal/secret.ts';

const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('a generated key survives being written down', () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      const text = formatGeneratedKey(key);
      expect(text).toMatch(/^BMC1(-[0-9A-HJKMNP-TV-Z]{7}){8}$/);
      expect(parseGeneratedKey(text)).toEqual(key);
    }),
  );
});

test('the characters are the base32 of the key and its checksum', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
  const check = createHash('sha256').update('bmcloud 1 generated key').update(key).digest().subarray(0, 3);
  let number = BigInt(`0x${Buffer.concat([key, check]).toString('hex')}`);
  let characters = '';
  for (let i = 0; i < 56; i++, number >>= 5n) {
    characters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Number(number & 31n)] + characters;
  }
  expect(formatGeneratedKey(key).replaceAll('-', '')).toBe(`BMC1${characters}`);
});

test('case, white space, hyphens and look-alikes do not matter', () => {
  const key = new Uint8Array(32);
  key[20] = 0x08; // so that the text has ones too
  const text = formatGeneratedKey(key);
  expect(text).toContain('1');
  const typed = ` ${text.toLowerCase().replaceAll('-', ' \n').replaceAll('0', 'o')}\n`;
  expect(parseGeneratedKey(typed)).toEqual(key);
  expect(parseGeneratedKey(text.replaceAll('1', 'I'))).toEqual(key);
  expect(parseGeneratedKey(text.replaceAll('1', 'l'))).toEqual(key);
});

test('a wrong character is noticed, wherever it is', () => {
  const text = formatGeneratedKey(new Uint8Array(32).fill(0xa5));
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '-') continue;
    const wrong = text[i] === 'X' ? 'Y' : 'X';
    expect(parseGeneratedKey(text.slice(0, i) + wrong + text.slice(i + 1)), `character ${i}`).toBeUndefined();
  }
});

test('what is no key is none', () => {
  const text = formatGeneratedKey(new Uint8Array(32));
  for (const no of [
    '',
    'BMC1',
    'hunter2',
    text.slice(0, -1),
    `${text}0`,
    `${text.slice(0, -1)}U`,
    text.slice(5),
  ]) {
    expect(parseGeneratedKey(no), no).toBeUndefined();
  }
});

test('a new key takes its bytes from where it is told', () => {
  expect(newGeneratedKey((length) => new Uint8Array(length).fill(1))).toEqual(new Uint8Array(32).fill(1));
  expect(newGeneratedKey()).not.toEqual(newGeneratedKey());
});

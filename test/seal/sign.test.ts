import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalJson,
  openOwnerRecord,
  sign,
  signOwnerRecord,
  verifySignature,
} from '../../src/seal/sign.ts';
import { flip, hex, owner, pushOnly, repository } from './known.ts';

const damage = expect.objectContaining({ code: 'damaged' });

describe('signatures', () => {
  // RFC 8032, section 7.1, test 2.
  const seed = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
  const publicKey = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
  const signature = hex(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  );

  test('are those of RFC 8032', () => {
    expect(sign(seed, Uint8Array.of(0x72))).toEqual(signature);
    expect(verifySignature(publicKey, Uint8Array.of(0x72), signature)).toBe(true);
  });

  test('do not hold for other bytes, another key, or when a bit was turned over', () => {
    expect(verifySignature(publicKey, Uint8Array.of(0x73), signature)).toBe(false);
    expect(verifySignature(owner.write.signPublic, Uint8Array.of(0x72), signature)).toBe(false);
    expect(verifySignature(publicKey, Uint8Array.of(0x72), signature.subarray(1))).toBe(false);
    for (let bit = 0; bit < 512; bit++) {
      expect(verifySignature(publicKey, Uint8Array.of(0x72), flip(signature, bit)), `bit ${bit}`).toBe(false);
    }
  });
});

describe('owner records', () => {
  const name = 'owner/condemn/0123';
  const record = Buffer.from('a record');

  test('open to what the owner signed, for push-only machines too', () => {
    const bytes = signOwnerRecord(owner, name, record);
    expect(Buffer.compare(openOwnerRecord(pushOnly.write, name, bytes), record)).toBe(0);
  });

  test('have the layout of the format', () => {
    const bytes = signOwnerRecord(owner, name, record);
    const signed = Buffer.concat([
      Buffer.from('bmcloud 1 owner\0'),
      repository,
      Buffer.of(name.length),
      Buffer.from(name),
      record,
    ]);
    const head = `424d4331060000${'00'.repeat(81)}${record.toString('hex')}`;
    expect(Buffer.from(bytes.subarray(0, -64)).toString('hex')).toBe(head);
    expect(verifySignature(owner.write.signPublic, signed, bytes.subarray(-64))).toBe(true);
  });

  test('show every bit that is turned over, and every truncation', () => {
    const bytes = signOwnerRecord(owner, name, record);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      expect(() => openOwnerRecord(owner.write, name, flip(bytes, bit)), `bit ${bit}`).toThrow(damage);
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(() => openOwnerRecord(owner.write, name, bytes.subarray(0, length))).toThrow(damage);
    }
  });

  test('hold for their name and repository only', () => {
    const bytes = signOwnerRecord(owner, name, record);
    const elsewhere = { ...owner.write, repository: new Uint8Array(16) };
    expect(() => openOwnerRecord(owner.write, 'owner/pardon/0123', bytes)).toThrow(damage);
    expect(() => openOwnerRecord(elsewhere, name, bytes)).toThrow(damage);
  });

  test('cannot be made with a push-only key', () => {
    expect(() => signOwnerRecord(pushOnly, name, record)).toThrow(
      expect.objectContaining({ code: 'not-allowed' }),
    );
  });
});

describe('canonical JSON', () => {
  test('is one text for equal values, and means the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });

  test('sorts by UTF-16 code units and has no white space', () => {
    // U+1F600 comes before U+FB33 in UTF-16 and after it in code points.
    const value = { '\ufb33': 1, '\u{1f600}': [2, { b: null, a: 'x y' }], é: 1.5, Z: true, a: undefined };
    expect(canonicalJson(value)).toBe('{"Z":true,"é":1.5,"\u{1f600}":[2,{"a":"x y","b":null}],"\ufb33":1}');
  });

  /** The same value with the members of all objects the other way round. */
  function reversed(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, member]) => [name, reversed(member)]),
    );
  }
});

import { hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { x25519 } from '../../src/seal/curve.ts';
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  newIndexObject,
  newPublicObject,
  objectTypes,
  openIndexObject,
  openPublicObject,
} from '../../src/seal/object.ts';
import { flip, owner, pushOnly, repository } from './known.ts';

const MAGIC = Buffer.from('BMC1\x01');
const packName = 'packs/data/ab/abcdefabcdefabcdefabcdefabcdefab';
const damage = expect.objectContaining({ code: 'damaged' });
const refusal = expect.objectContaining({ code: 'not-allowed' });

describe('headers', () => {
  const id = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const header = fc.record({
    type: fc.constantFrom(1, 2, 3, 4, 6),
    domain: id(16),
    salt: id(32),
    commitment: id(32),
  });

  test('decode to what was encoded', () => {
    fc.assert(
      fc.property(header, (value) => {
        const bytes = encodeHeader(value);
        expect(bytes.length).toBe(HEADER_BYTES);
        expect(decodeHeader(bytes, 'x')).toEqual(value);
      }),
    );
  });

  test('are copied, not kept as views of a whole object', () => {
    const { domain, salt, commitment } = decodeHeader(Buffer.concat([MAGIC, Buffer.alloc(1000)]), 'x');
    for (const field of [domain, salt, commitment]) expect(field.buffer.byteLength).toBe(field.length);
  });

  test('lie where the format says', () => {
    const bytes = encodeHeader({
      type: 4,
      domain: new Uint8Array(16).fill(0xd0),
      salt: new Uint8Array(32).fill(0x5a),
      commitment: new Uint8Array(32).fill(0xc0),
    });
    const expected = `424d4331${'04000000'}${'d0'.repeat(16)}${'5a'.repeat(32)}${'c0'.repeat(32)}`;
    expect(Buffer.from(bytes).toString('hex')).toBe(expected);
  });

  test('are refused when cut short, of an unknown type or with anything in the reserved bytes', () => {
    const bytes = encodeHeader(newIndexObject(owner.write, objectTypes.index, 'index/x').header);
    for (let length = 0; length < HEADER_BYTES; length++) {
      expect(() => decodeHeader(bytes.subarray(0, length), 'x')).toThrow(damage);
    }
    for (const [at, value] of [
      [4, 0],
      [4, 5],
      [4, 7],
      [5, 1],
      [6, 1],
      [7, 1],
      [0, 0],
    ] as const) {
      const changed = bytes.slice();
      changed[at] = value;
      expect(() => decodeHeader(changed, 'x')).toThrow(damage);
    }
  });
});

describe('packs and manifests', () => {
  test('open for the owner, whoever wrote them', () => {
    for (const { write } of [owner, pushOnly]) {
      const { header, key } = newPublicObject(write, objectTypes.dataPack, packName);
      expect(openPublicObject(owner, header, packName)).toEqual(key);
      expect(key.length).toBe(32);
    }
  });

  test('do not open for a push-only key, not even its own', () => {
    const { header } = newPublicObject(pushOnly.write, objectTypes.manifest, 'manifests/a/1');
    expect(() => openPublicObject(pushOnly, header, 'manifests/a/1')).toThrow(refusal);
  });

  test('have the key that the format derives', () => {
    const { header, key } = newPublicObject(owner.write, objectTypes.manifest, 'manifests/a/1');
    const info = Buffer.concat([
      Buffer.from('bmcloud 1 object\0'),
      repository,
      Buffer.of(4, 13),
      Buffer.from('manifests/a/1'),
      header.salt,
      owner.write.sealPublic,
    ]);
    const shared = x25519(owner.owner!.sealPrivate, header.salt);
    const both = hkdfSync('sha256', shared, owner.write.own.authentication, info, 64);
    expect(Buffer.from(both)).toEqual(Buffer.concat([key, header.commitment]));
  });

  test('show every bit that is turned over in their header', () => {
    const bytes = encodeHeader(newPublicObject(owner.write, objectTypes.dataPack, packName).header);
    for (let bit = 0; bit < HEADER_BYTES * 8; bit++) {
      const open = () => openPublicObject(owner, decodeHeader(flip(bytes, bit), 'x'), packName);
      expect(open, `bit ${bit}`).toThrow(damage);
    }
  });

  test('do not open under another name, or in another repository', () => {
    const { header } = newPublicObject(owner.write, objectTypes.dataPack, packName);
    const elsewhere = { ...owner, write: { ...owner.write, repository: new Uint8Array(16) } };
    expect(() => openPublicObject(owner, header, `${packName}0`)).toThrow(damage);
    expect(() => openPublicObject(elsewhere, header, packName)).toThrow(damage);
  });

  test('cannot be made for a domain without its authentication key', () => {
    const forger = { ...pushOnly.write, own: { ...pushOnly.write.own, domain: owner.write.own.domain } };
    const { header } = newPublicObject(forger, objectTypes.manifest, 'manifests/a/1');
    expect(() => openPublicObject(owner, header, 'manifests/a/1')).toThrow(damage);
  });

  test('with an ephemeral key of low order are damaged', () => {
    const { header } = newPublicObject(owner.write, objectTypes.dataPack, packName);
    expect(() => openPublicObject(owner, { ...header, salt: new Uint8Array(32) }, packName)).toThrow(damage);
  });

  test('never have the same key twice', () => {
    const make = () => newPublicObject(owner.write, objectTypes.dataPack, packName).key;
    expect(make()).not.toEqual(make());
  });
});

describe('index objects and directories', () => {
  test('open for their domain and the owner, and for nobody else', () => {
    const { header, key } = newIndexObject(pushOnly.write, objectTypes.index, 'index/a');
    const others = newIndexObject(owner.write, objectTypes.index, 'index/a');
    expect(openIndexObject(pushOnly, header, 'index/a')).toEqual(key);
    expect(openIndexObject(owner, header, 'index/a')).toEqual(key);
    expect(() => openIndexObject(pushOnly, others.header, 'index/a')).toThrow(refusal);
  });

  test('have the key that the format derives', () => {
    const { header, key } = newIndexObject(owner.write, objectTypes.directory, packName);
    const info = Buffer.concat([
      Buffer.from('bmcloud 1 object\0'),
      repository,
      Buffer.of(5, packName.length),
      Buffer.from(packName),
    ]);
    const both = hkdfSync('sha256', owner.write.own.index, header.salt, info, 64);
    expect(Buffer.from(both)).toEqual(Buffer.concat([key, header.commitment]));
  });

  test('do not open under another name or type, or when a bit was turned over', () => {
    const { header } = newIndexObject(owner.write, objectTypes.index, 'index/a');
    expect(() => openIndexObject(owner, header, 'index/b')).toThrow(damage);
    expect(() => openIndexObject(owner, { ...header, type: objectTypes.directory }, 'index/a')).toThrow(
      damage,
    );
    const bytes = encodeHeader(header);
    for (let bit = 0; bit < HEADER_BYTES * 8; bit++) {
      const open = () => openIndexObject(owner, decodeHeader(flip(bytes, bit), 'x'), 'index/a');
      expect(open, `bit ${bit}`).toThrow(damage);
    }
  });
});

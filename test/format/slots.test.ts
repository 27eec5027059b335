import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRepository } from './reader.mjs';
import { type Field, time, u8 } from './writer/encode.ts';
import * as write from './writer/repository.ts';
import { generatedKeyText, type SlotRequest, slotFields } from './writer/seal.ts';
import { FOREIGN, JOB, makeSmall, SLOT, type Small } from './writer/small.ts';

const ZERO32 = Buffer.alloc(32);

let small: Small;
beforeEach(() => {
  small = makeSmall();
});
afterEach(() => small.remove());

describe('refuses slots', () => {
  const PASSPHRASE = 'correct horse';
  const right = () => slotFields(small.repo.owner, 'owner', small.own);
  const changed = (field: Field) => () => ({
    fields: right().map((one): Field => (one[0] === field[0] ? field : one)),
  });
  const domainField = () => slotFields(small.repo.owner, 'push-only', small.foreign).at(-1)!;
  const kdf = (members: object) => () => ({
    members: { kdf: { name: 'scrypt', N: 16384, r: 8, p: 1, salt: '', ...members } },
  });
  const cases: [name: string, change: () => Partial<SlotRequest>, message: RegExp][] = [
    ['of another id', () => ({ members: { id: FOREIGN } }), /its id is/],
    ['of an unknown role', () => ({ members: { role: 'king' } }), /unknown role king/],
    ['of another magic', () => ({ members: { magic: 'bmcloud' } }), /not a bmcloud-key file/],
    ['of an unknown derivation', kdf({ name: 'md5' }), /unknown key derivation md5/],
    ['with too cheap an scrypt', kdf({ N: 2 ** 13 }), /scrypt N = 8192/],
    ['with too dear an scrypt', kdf({ N: 2 ** 21 }), /scrypt N = 2097152/],
    ['with an scrypt of no power of two', kdf({ N: 20_000 }), /scrypt N = 20000/],
    ['with another r', kdf({ r: 9 }), /scrypt r = 9, p = 1/],
    ['with another p', kdf({ p: 2 }), /scrypt r = 8, p = 2/],
    ['with a short salt', kdf({}), /has not 32 bytes/],
    ['with a salt that is not base64', kdf({ salt: '*' }), /not canonical base64/],
    ['without a salt', kdf({ salt: 7 }), /base64 member is missing/],
    ['with a foreign X25519 key', changed([2, ZERO32]), /the X25519 key is not the master's/],
    ['with a foreign Ed25519 key', changed([3, ZERO32]), /the Ed25519 key is not the master's/],
    ['without a repository', () => ({ fields: right().slice(1) }), /"repository" is missing/],
    [
      'of an owner without the master',
      () => ({ fields: right().slice(0, 3) }),
      /not the fields of an owner's key/,
    ],
    ['of an owner in a domain', () => ({ domain: small.foreign }), /an owner's domain is zero/],
    [
      'of a machine with the master',
      () => ({ role: 'push-only', fields: [...right(), domainField()] }),
      /not the fields of a push-only key/,
    ],
    [
      'of a machine with another domain',
      () => ({ role: 'push-only', fields: [...right().slice(0, 3), domainField()] }),
      /the domain is not the sealed one/,
    ],
    ['of another repository', changed([1, Buffer.alloc(16)]), /is not the master's/],
    ['of more than 64 KiB', () => ({ members: { label: 'x'.repeat(65_536) } }), /more than 64 KiB/],
  ];
  test.each(cases)('%s', (_, change, message) => {
    const request: SlotRequest = {
      id: JOB,
      role: 'owner',
      domain: small.own,
      secret: { passphrase: PASSPHRASE },
    };
    write.putSlot(small.repo, { ...request, ...change() });
    expect(() => openRepository(small.repo.directory, PASSPHRASE)).toThrow(message);
  });

  test('more than 64 of them', () => {
    for (let index = 0; index < 64; index++)
      write.put(small.repo, `keys/${String(index).padStart(32, '0')}`, ZERO32);
    expect(small.open).toThrow(/65 slots are more than 64/);
  });

  test('with a member twice', () => {
    small.rewrite(`keys/${SLOT}`, (text) => text.replace('{', '{"role":"owner",'));
    expect(small.open().problems.join('\n')).toMatch(/a member is repeated/);
  });

  test('a generated key with a slip in it is no passphrase', () => {
    write.putSlot(small.repo, {
      id: JOB,
      role: 'owner',
      domain: small.own,
      secret: { passphrase: generatedKeyText(ZERO32) },
    });
    const text = generatedKeyText(ZERO32);
    expect(() => openRepository(small.repo.directory, text.replace(/.$/, 'U'))).toThrow(/mistyped/);
    expect(() => openRepository(small.repo.directory, text.replace('0', '1'))).toThrow(/mistyped/);
  });

  test('that are no slot of this secret, without a complaint', () => {
    expect(() => openRepository(small.repo.directory, PASSPHRASE)).toThrow(
      /^no slot opens with this secret\n$/,
    );
  });
});

describe('refuses format.json', () => {
  test('of another repository, or another owner', () => {
    write.putFormat(small.repo, { repository: FOREIGN });
    expect(small.open).toThrow(/another repository than the slot/);
    write.putFormat(small.repo, { owner: ZERO32.toString('base64') });
    expect(small.open).toThrow(/another owner than the slot/);
  });
});

describe('refuses owner records', () => {
  const PACKS = Buffer.alloc(16);
  const cases: [name: string, kind: string, fields: Field[], message: RegExp][] = [
    ['of an unknown kind', 'forget', [[1, time(0)]], /unknown kind of owner record/],
    ['without a time', 'condemn', [[2, PACKS]], /"time" is missing/],
    [
      'without what they pardon',
      'pardon',
      [
        [1, time(0)],
        [3, PACKS],
      ],
      /"condemned" is missing/,
    ],
    [
      'with half a pack id',
      'condemn',
      [
        [1, time(0)],
        [2, PACKS.subarray(8)],
      ],
      /not whole pack ids/,
    ],
  ];
  test.each(cases)('%s', (_, kind, fields, message) => {
    write.putOwnerRecord(small.repo, kind, fields);
    expect(small.open().problems.join('\n')).toMatch(message);
  });

  test('too short, or with something in the header', () => {
    const path = join(
      small.repo.directory,
      'owner/close',
      write.putOwnerRecord(small.repo, 'close', [
        [1, time(0)],
        [2, PACKS],
      ]),
    );
    const sound = readFileSync(path);
    writeFileSync(path, sound.subarray(0, 100));
    expect(small.open().problems.join('\n')).toMatch(/too short for a signature/);
    writeFileSync(path, Buffer.concat([sound.subarray(0, 60), u8(1), sound.subarray(61)]));
    expect(small.open().problems.join('\n')).toMatch(/the header is not zero/);
  });
});

import { createDecipheriv, hkdfSync, scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Role } from '../../src/seal/keys.ts';
import { newGeneratedKey, type Secret } from '../../src/seal/secret.ts';
import { canonicalJson } from '../../src/seal/sign.ts';
import { makeSlot, openSlot, readSlot, type ScryptCost, stretch } from '../../src/seal/slot.ts';
import { hex, master, owner, pushOnly } from './known.ts';

const damage = expect.objectContaining({ code: 'damaged' });
const created = new Date('2026-11-19T18:00:00Z');
const generated: Secret = { kind: 'generated', key: newGeneratedKey() };
const passphrase: Secret = { kind: 'passphrase', passphrase: 'correct horse' };
/** The least that a reader takes: tests should not wait. */
const cheap: ScryptCost = { N: 2 ** 14, r: 8, p: 1 };

function make(secret: Secret, role: Role = 'owner', keys = role === 'push-only' ? pushOnly : owner): string {
  return makeSlot({ secret, role, label: 'Anna’s laptop', created, keys }, undefined, cheap).json;
}

/** The slot with some of its members replaced. */
function changed(json: string, members: Record<string, unknown>): string {
  return JSON.stringify({ ...JSON.parse(json), ...members });
}

function open(json: string, secret: Secret) {
  return openSlot(readSlot(json, 'keys/x'), secret);
}

describe('a slot', () => {
  test.each([passphrase, generated])('gives back the keys of the owner ($kind)', (secret) => {
    for (const role of ['owner', 'recovery'] as const) {
      const { id, json } = makeSlot({ secret, role, label: 'x', created, keys: owner }, undefined, cheap);
      expect(open(json, secret)).toEqual({
        write: owner.write,
        owner: owner.owner,
        slot: { id, role, label: 'x' },
      });
    }
  });

  test('gives a push-only machine its domain, and not the master key', () => {
    const opened = open(make(generated, 'push-only'), generated);
    expect(opened).toMatchObject({ write: pushOnly.write, slot: { role: 'push-only' } });
    expect(opened?.owner).toBeUndefined();
  });

  test('stays shut for another secret', () => {
    expect(open(make(passphrase), { kind: 'passphrase', passphrase: 'Correct horse' })).toBeUndefined();
    expect(open(make(generated), { kind: 'generated', key: newGeneratedKey() })).toBeUndefined();
    expect(open(make(passphrase), generated)).toBeUndefined();
    expect(open(make(generated), passphrase)).toBeUndefined();
  });

  test('takes a passphrase in either Unicode form', () => {
    const json = make({ kind: 'passphrase', passphrase: 'Z\u00fcrich' });
    expect(open(json, { kind: 'passphrase', passphrase: 'Zu\u0308rich' })).toBeDefined();
  });

  test('can be opened by following the format', () => {
    const { sealed, ...rest } = JSON.parse(make(passphrase));
    const salt = Buffer.from(rest.kdf.salt, 'base64');
    const input = scryptSync('correct horse', salt, 32, { N: 2 ** 14, r: 8, p: 1 });
    const info = Buffer.concat([Buffer.from('bmcloud 1 slot'), Buffer.from(rest.id, 'hex')]);
    const key = Buffer.from(hkdfSync('sha256', input, salt, info, 64)).subarray(0, 32);
    const bytes = Buffer.from(sealed, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, hex('050000000000000000000000'))
      .setAAD(Buffer.from(canonicalJson(rest)))
      .setAuthTag(bytes.subarray(-16));
    const record = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
    // Fields 1 to 4, critical, each with its length before it.
    expect(record.length).toBe(18 + 34 + 34 + 34);
    expect([record[0], record[18], record[52], record[86]]).toEqual([3, 5, 7, 9]);
    expect(record.subarray(88)).toEqual(Buffer.from(master));
  });
});

describe('a slot that was tampered with', () => {
  test.each([
    ['role', 'recovery'],
    ['label', 'Anna'],
    ['created', '2026-11-19T18:00:01Z'],
    ['domain', 'ab'.repeat(16)],
    ['extra', true],
  ])('does not open: %s', (member, value) => {
    expect(() => open(changed(make(generated), { [member]: value }), generated)).toThrow(damage);
  });

  test('does not open: any character of the sealed part', () => {
    const json = make(generated);
    const { sealed } = JSON.parse(json) as { sealed: string };
    for (let i = 0; i < sealed.length; i++) {
      const other = sealed[i] === 'A' ? 'B' : 'A';
      const text = changed(json, { sealed: sealed.slice(0, i) + other + sealed.slice(i + 1) });
      expect(() => open(text, generated), `character ${i}`).toThrow(damage);
    }
  });

  test('does not open: the id, the salt or the commitment look like a wrong secret', () => {
    const json = make(generated);
    const other = JSON.parse(make(generated));
    for (const members of [{ id: other.id }, { kdf: other.kdf }, { commitment: other.commitment }]) {
      expect(open(changed(json, members), generated)).toBeUndefined();
    }
  });
});

describe('reading a slot', () => {
  const json = make(generated);

  test.each([
    ['N too large', { N: 2 ** 21 }],
    ['N huge', { N: 2 ** 52 }],
    ['N too small', { N: 2 ** 13 }],
    ['N no power of two', { N: 2 ** 16 + 1 }],
    ['N no number', { N: '65536' }],
    ['r', { r: 16 }],
    ['p too large', { p: 5 }],
    ['p zero', { p: 0 }],
    ['an unknown function', { name: 'argon2' }],
  ])('refuses a derivation before it runs: %s', (_, members) => {
    const salt = Buffer.alloc(32).toString('base64');
    const kdf = { name: 'scrypt', N: 65_536, r: 8, p: 1, salt };
    expect(readSlot(changed(json, { kdf }), 'keys/x').kdf).toEqual(kdf);
    expect(() => readSlot(changed(json, { kdf: { ...kdf, ...members } }), 'keys/x')).toThrow(damage);
  });

  test.each([
    ['no JSON', '{'],
    ['something else', '[]'],
    ['too much', changed(json, { label: 'x'.repeat(65_536) })],
    ['another magic', changed(json, { magic: 'bmcloud' })],
    ['a missing member', changed(json, { sealed: undefined })],
    ['an id that is none', changed(json, { id: 'AB'.repeat(16) })],
    ['an unknown role', changed(json, { role: 'admin' })],
    ['a date that is none', changed(json, { created: 'yesterday' })],
    ['a short commitment', changed(json, { commitment: Buffer.alloc(31).toString('base64') })],
    ['a long commitment', changed(json, { commitment: Buffer.alloc(33).toString('base64') })],
    ['base64 without padding', changed(json, { sealed: 'AAA' })],
  ])('refuses %s', (_, text) => {
    expect(() => readSlot(text, 'keys/x')).toThrow(damage);
  });

  test('names a newer version', () => {
    expect(() => readSlot(changed(json, { version: 2 }), 'keys/x')).toThrow(
      expect.objectContaining({ code: 'newer-format', message: 'keys/x is of version 2' }),
    );
  });
});

describe('making a slot', () => {
  test('with the role of an owner needs the keys of one', () => {
    expect(() => make(generated, 'owner', pushOnly)).toThrow(
      expect.objectContaining({ code: 'not-allowed' }),
    );
  });

  test('never gives the domain of the owner to a push-only machine', () => {
    expect(() => make(generated, 'push-only', owner)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('refuses a label with which it could not be read again', () => {
    const slot = {
      secret: generated,
      role: 'owner' as const,
      label: 'x'.repeat(65_536),
      created,
      keys: owner,
    };
    expect(() => makeSlot(slot)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

test('scrypt gives the result of RFC 7914, section 12', () => {
  // Of the 64 bytes there, the first 32: the last step of scrypt makes blocks of that size one by one.
  const expected = hex('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2');
  expect(stretch('pleaseletmein', Buffer.from('SodiumChloride'), cheap)).toEqual(Buffer.from(expected));
});

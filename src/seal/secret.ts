import { hash } from 'node:crypto';
import { equalBytes, type RandomSource, systemRandom } from '../model/ids.ts';
import { labelled } from './hkdf.ts';
import { KEY_BYTES } from './keys.ts';

/*
 * What unlocks a slot, and generated keys as text (docs/format.md, section 4.2).
 */

/** What opens a repository. */
export type Secret = { kind: 'passphrase'; passphrase: string } | { kind: 'generated'; key: Uint8Array };

const PREFIX = 'BMC1';
const CHECK_BYTES = 3;
const TEXT_LENGTH = 56;
const GROUP_LENGTH = 7;
/** Crockford's base32: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The 32 bytes of a new key file or recovery key. */
export function newGeneratedKey(random: RandomSource = systemRandom): Uint8Array {
  return random(KEY_BYTES);
}

/** A generated key as text to write down: `BMC1-XXXXXXX-…`, with a checksum. */
export function formatGeneratedKey(key: Uint8Array): string {
  const characters = encodeBase32(Buffer.concat([key, checksum(key)]));
  const groups = [PREFIX];
  for (let i = 0; i < characters.length; i += GROUP_LENGTH)
    groups.push(characters.slice(i, i + GROUP_LENGTH));
  return groups.join('-');
}

/** The key that was written down, however it was typed; undefined when it is none or has a typing error. */
export function parseGeneratedKey(text: string): Uint8Array | undefined {
  const characters = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  if (characters.length !== PREFIX.length + TEXT_LENGTH || !characters.startsWith(PREFIX)) return undefined;
  const bytes = decodeBase32(characters.slice(PREFIX.length));
  if (!bytes) return undefined;
  const key = bytes.slice(0, KEY_BYTES);
  return equalBytes(checksum(key), bytes.subarray(KEY_BYTES)) ? key : undefined;
}

function checksum(key: Uint8Array): Uint8Array {
  return hash('sha256', labelled('bmcloud 1 generated key', key), 'buffer').subarray(0, CHECK_BYTES);
}

function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    for (held += 8; held >= 5; held -= 5) text += ALPHABET[(bits >>> (held - 5)) & 31];
    bits &= 31;
  }
  return text;
}

function decodeBase32(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    bits = ((bits << 5) | value) & 0xfff;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    bytes.push((bits >>> held) & 0xff);
  }
  return Uint8Array.from(bytes);
}

import { createHash } from 'node:crypto';
import { BmcloudError } from '../errors.ts';
import { checkManifest, decodeManifest, encodeManifest } from '../manifest/manifest.ts';
import { manifestPrefix, parseManifestName } from '../manifest/names.ts';
import { equalBytes, type RandomSource, systemRandom } from '../model/ids.ts';
import type { Manifest } from '../model/snapshot.ts';
import { damaged } from '../model/wire.ts';
import { frameKinds, openFrame } from '../seal/frame.ts';
import type { RepositoryKeys, WriteKeys } from '../seal/keys.ts';
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  newPublicObject,
  objectTypes,
  openPublicObject,
} from '../seal/object.ts';
import { decodePayload } from '../seal/payload.ts';
import type { Store } from '../store/store.ts';
import { sealWhole } from './sealing.ts';

/*
 * Manifests as objects in the store (docs/format.md, section 8).
 */

export const MAX_MANIFEST_BYTES = 1024 * 1024;
const MAX_DECODED = 4 * 1024 * 1024;

export interface StoredManifest {
  key: string;
  manifest: Manifest;
  /** SHA-256 of the object. */
  hash: Uint8Array;
  domain: Uint8Array;
  /** Bytes of the object. */
  size: number;
}

/** A manifest as the object that is stored under `key`. */
export function sealManifest(
  write: WriteKeys,
  key: string,
  manifest: Manifest,
  random: RandomSource = systemRandom,
): { bytes: Uint8Array; hash: Uint8Array } {
  const sealed = newPublicObject(write, objectTypes.manifest, key, random);
  const head = encodeHeader(sealed.header);
  const bytes = sealWhole([head], sealed.key, frameKinds.manifest, encodeManifest(manifest));
  if (bytes.length > MAX_MANIFEST_BYTES) throw new BmcloudError('internal', 'A manifest outgrew its limit');
  return { bytes, hash: hashOf(bytes) };
}

/** Reads and checks a manifest. @throws `not-found`, `not-allowed`, `damaged`, `newer-format` */
export async function readManifest(
  store: Pick<Store, 'get'>,
  keys: RepositoryKeys,
  key: string,
): Promise<StoredManifest> {
  const bytes = await store.get(key);
  if (bytes.length > MAX_MANIFEST_BYTES) throw damaged(key, 'it is too long');
  const header = decodeHeader(bytes, key);
  if (header.type !== objectTypes.manifest) throw damaged(key, 'it is something else than a manifest');
  const frame = bytes.subarray(HEADER_BYTES);
  const payload = openFrame(openPublicObject(keys, header, key), frameKinds.manifest, 0, frame, key);
  const manifest = decodeManifest(decodePayload(payload, MAX_DECODED, key));
  checkManifest(manifest, key);
  const name = parseManifestName(key);
  if (!name || name.number !== manifest.header.number || !equalBytes(name.job, manifest.header.job)) {
    throw damaged(key, 'it was made for another place');
  }
  return { key, manifest, hash: hashOf(bytes), domain: header.domain, size: bytes.length };
}

/** What a manifest is known by to those that build on it. */
export function hashOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** A manifest's key and number, newest first. */
export interface ListedManifest {
  key: string;
  number: number;
}

/** The manifests of a job, newest first; siblings of one number with the one to build on first. */
export async function listManifests(
  store: Pick<Store, 'list'>,
  job: Uint8Array,
  limit?: number,
): Promise<ListedManifest[]> {
  const listed: ListedManifest[] = [];
  for await (const { key } of store.list(manifestPrefix(job), limit === undefined ? {} : { limit })) {
    const name = parseManifestName(key);
    if (name) listed.push({ key, number: name.number });
  }
  return listed.sort((a, b) => b.number - a.number || (a.key < b.key ? 1 : -1));
}

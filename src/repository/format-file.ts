import { z } from 'zod/mini';
import { areCutSizes, type CutSizes, defaultSizes } from '../chunk/cut.ts';
import { BmcloudError, isBmcloudError } from '../errors.ts';
import { toHex } from '../model/ids.ts';
import { damaged } from '../model/wire.ts';
import type { RepositoryKeys } from '../seal/keys.ts';
import { canonicalJson, sign, verifySignature } from '../seal/sign.ts';
import type { Store } from '../store/store.ts';
import { problemOfCopy } from './slots.ts';

/*
 * format.json (docs/format.md, section 4.3): what a repository is, signed by its owner, kept twice.
 */

export const FORMAT_NAME = 'format.json';
const SPARE_NAME = 'spare/format.json';
const MAX_BYTES = 64 * 1024;
const SIGNATURE_LABEL = 'bmcloud 1 format\0';
/** Features of newer writers that this program knows. */
const knownFeatures: readonly string[] = [];

const sizes = z
  .object({ min: z.number(), average: z.number(), max: z.number() })
  .check(z.refine(areCutSizes));

const schema = z.looseObject({
  magic: z.literal('bmcloud'),
  version: z.literal(1),
  suite: z.literal('x25519-hkdf-sha256-aes256gcm-ed25519'),
  repository: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  created: z.string(),
  features: z.looseObject({ read: z.array(z.string()), write: z.array(z.string()) }),
  parameters: z.looseObject({ chunk: sizes }),
  store: z.looseObject({ conditionalWrites: z.boolean() }),
  owner: z.base64(),
  signature: z.base64(),
});

/** What a repository is. */
export type Format = z.infer<typeof schema>;

/** The text of a new repository's format.json. */
export function makeFormat(
  keys: RepositoryKeys,
  options: { created: Date; conditionalWrites: boolean; chunk?: CutSizes },
): string {
  if (!keys.owner) throw new BmcloudError('not-allowed', 'A push-only key cannot make a repository');
  const open = {
    magic: 'bmcloud',
    version: 1,
    suite: 'x25519-hkdf-sha256-aes256gcm-ed25519',
    repository: toHex(keys.write.repository),
    created: options.created.toISOString(),
    features: { read: [], write: [] },
    parameters: { chunk: options.chunk ?? defaultSizes },
    store: { conditionalWrites: options.conditionalWrites },
    owner: Buffer.from(keys.write.signPublic).toString('base64'),
  };
  const signature = Buffer.from(sign(keys.owner.signSeed, signedBytes(open))).toString('base64');
  return `${JSON.stringify({ ...open, signature }, undefined, 1)}\n`;
}

function signedBytes(open: Record<string, unknown>): Uint8Array {
  return Buffer.from(SIGNATURE_LABEL + canonicalJson(open), 'utf8');
}

/**
 * Writes format.json last and only if there is none: before it there is no repository. Its spare copy may be another's until then, who
 * was killed or comes first.
 */
export async function writeFormat(store: Store, text: string): Promise<'stored' | 'exists'> {
  const bytes = Buffer.from(text, 'utf8');
  const spare = await store.putIfAbsent(SPARE_NAME, bytes);
  const first = await store.putIfAbsent(FORMAT_NAME, bytes);
  if (first === 'stored' && spare === 'exists') await store.put(SPARE_NAME, bytes);
  return first;
}

/** Whether there is a repository, or what is left of one. */
export async function hasFormat(store: Pick<Store, 'stat'>): Promise<boolean> {
  return (await store.stat(FORMAT_NAME)) !== undefined;
}

/**
 * Reads format.json, or its spare copy when the first is missing or broken. Its signature is checked once the keys are there.
 * @throws `no-repository`, `newer-format`, `damaged`
 */
export async function readFormat(store: Pick<Store, 'get' | 'name'>): Promise<Format> {
  try {
    return parseFormat(await store.get(FORMAT_NAME), FORMAT_NAME);
  } catch (error) {
    if (!isBmcloudError(error, 'not-found', 'damaged')) throw error;
    return await readSpare(store, error);
  }
}

async function readSpare(store: Pick<Store, 'get' | 'name'>, first: BmcloudError): Promise<Format> {
  try {
    return parseFormat(await store.get(SPARE_NAME), SPARE_NAME);
  } catch (error) {
    if (!isBmcloudError(error, 'not-found', 'damaged')) throw error;
    if (first.code === 'damaged') throw first;
    throw new BmcloudError('no-repository', `There is no bmcloud repository in ${store.name}`, {
      hint: 'Check the address, or make one with "bmcloud init"',
    });
  }
}

function parseFormat(bytes: Uint8Array, name: string): Format {
  const json = parseJson(bytes, name);
  refuseNewer(json, name);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damaged(name, `${issue?.path.join('.') || 'it'} is not as it should be`);
}

function parseJson(bytes: Uint8Array, name: string): unknown {
  if (bytes.length > MAX_BYTES) throw damaged(name, 'it is too long');
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw damaged(name, 'it is not JSON');
  }
}

const versioned = z.looseObject({ magic: z.literal('bmcloud'), version: z.number() });

function refuseNewer(json: unknown, name: string): void {
  const parsed = versioned.safeParse(json);
  if (!parsed.success) throw damaged(name, 'it is not the format of a bmcloud repository');
  if (parsed.data.version !== 1) throw newer(`format version ${parsed.data.version}`);
}

function newer(what: string): BmcloudError {
  return new BmcloudError('newer-format', `The repository needs a newer bmcloud: it uses ${what}`, {
    hint: 'Update bmcloud and try again',
  });
}

/** Checks what needs the keys: who signed, for which repository, and whether this program knows enough. */
export function checkFormat(format: Format, keys: RepositoryKeys, purpose: 'read' | 'write'): void {
  const { signature, ...open } = format;
  const signed = verifySignature(keys.write.signPublic, signedBytes(open), Buffer.from(signature, 'base64'));
  if (!signed) throw damaged(FORMAT_NAME, 'its signature is not the owner’s');
  if (format.repository !== toHex(keys.write.repository)) {
    throw damaged(FORMAT_NAME, 'it belongs to another repository than the keys');
  }
  const features = [...format.features.read, ...(purpose === 'write' ? format.features.write : [])];
  const unknown = features.find((feature) => !knownFeatures.includes(feature));
  if (unknown !== undefined) throw newer(`the feature "${unknown}"`);
}

/** A format that was read, or its spare copy where only that is as the owner made it. @throws as `checkFormat` */
export async function soundFormat(
  store: Pick<Store, 'get'>,
  format: Format,
  keys: RepositoryKeys,
  purpose: 'read' | 'write',
): Promise<Format> {
  try {
    checkFormat(format, keys, purpose);
    return format;
  } catch (error) {
    if (!isBmcloudError(error, 'damaged')) throw error;
    const spare = await readCopy(store, SPARE_NAME, keys, purpose);
    if ('problem' in spare) throw error;
    return spare.format;
  }
}

/** What is wrong with its copies; one that is damaged or gone is no loss yet. */
export async function* problemsOfFormat(
  store: Pick<Store, 'get'>,
  keys: RepositoryKeys,
): AsyncGenerator<{ key: string; problem: string }> {
  for (const key of [FORMAT_NAME, SPARE_NAME]) {
    const copy = await readCopy(store, key, keys, 'read');
    if ('problem' in copy) yield { key, problem: problemOfCopy(copy.problem) };
  }
}

async function readCopy(
  store: Pick<Store, 'get'>,
  name: string,
  keys: RepositoryKeys,
  purpose: 'read' | 'write',
): Promise<{ format: Format } | { problem: BmcloudError }> {
  try {
    const format = parseFormat(await store.get(name), name);
    checkFormat(format, keys, purpose);
    return { format };
  } catch (error) {
    if (isBmcloudError(error, 'damaged', 'not-found')) return { problem: error };
    throw error;
  }
}

import { isBmcloudError } from '../errors.ts';
import { equalBytes, type RandomSource, systemRandom, toHex } from '../model/ids.ts';
import type { Store } from './store.ts';

/*
 * What a store can really do, found by trying: what documentation and version numbers promise is not relied on. Each probe writes
 * below `probe/`, removes what it wrote, and returns facts; whoever asked decides what they mean.
 */

/** Racing writers. More than one, so that a store that checks first and writes later gives itself away. */
const WRITERS = 4;
const MIB = 1024 * 1024;
/** Longer than one part, so that the store has to put parts together. */
const STREAM_MIB = 17;

export interface ProbeOptions {
  random?: RandomSource;
  /** Milliseconds, monotonic. */
  now?: () => number;
}

/**
 * Whether one, and only one, of several racing `putIfAbsent` wins, and a late one is refused. Stores that ignore `If-None-Match`
 * let all of them win; some refuse the header.
 */
export async function probeConditionalWrites(
  store: Store,
  { random = systemRandom }: ProbeOptions = {},
): Promise<boolean> {
  return withProbeKey(store, random, async (key) => {
    const writers = Array.from({ length: WRITERS + 1 }, () => random(64));
    const late = writers.pop()!;
    const outcomes = await Promise.all(writers.map((bytes) => tryPutIfAbsent(store, key, bytes)));
    if (outcomes.includes('unsupported')) return false;
    const winners = writers.filter((_, number) => outcomes[number] === 'stored');
    if (winners.length !== 1) return false;
    if ((await tryPutIfAbsent(store, key, late)) !== 'exists') return false;
    return equalBytes(await store.get(key), winners[0]!);
  });
}

export interface RoundTrip {
  /** What was read is what was written. */
  intact: boolean;
  /** Bytes a second. */
  upload: number;
  download: number;
}

/** Writes a stream of several parts, reads it back whole, and measures both. */
export async function probeStream(store: Store, options: ProbeOptions = {}): Promise<RoundTrip> {
  const { random = systemRandom, now = () => performance.now() } = options;
  const pieces = Array.from({ length: STREAM_MIB }, () => random(MIB));
  return withProbeKey(store, random, async (key) => {
    const begun = now();
    await store.putStream(key, () => streamOf(pieces));
    const written = now();
    const found = await store.get(key);
    const read = now();
    const perSecond = (milliseconds: number) => (STREAM_MIB * MIB * 1000) / Math.max(milliseconds, 1);
    return {
      intact: equalBytes(found, Buffer.concat(pieces)),
      upload: perSecond(written - begun),
      download: perSecond(read - written),
    };
  });
}

/** Whether a part in the middle of an object can be read, and an object shows in a listing as soon as it was written. */
export async function probeReading(
  store: Store,
  { random = systemRandom }: ProbeOptions = {},
): Promise<{ ranges: boolean; listedAtOnce: boolean }> {
  return withProbeKey(store, random, async (key) => {
    const bytes = random(1000);
    await store.put(key, bytes);
    const middle = await store.get(key, { start: 100, end: 200 });
    let listedAtOnce = false;
    for await (const found of store.list('probe/')) listedAtOnce ||= found.key === key && found.size === 1000;
    return { ranges: equalBytes(middle, bytes.subarray(100, 200)), listedAtOnce };
  });
}

/** The time of the fastest of some small requests, in milliseconds. */
export async function probeLatency(
  store: Store,
  { random = systemRandom, now = () => performance.now() }: ProbeOptions = {},
): Promise<number> {
  const key = probeKey(random);
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5; attempt++) {
    const begun = now();
    await store.stat(key);
    fastest = Math.min(fastest, now() - begun);
  }
  return fastest;
}

/**
 * How far ahead of ours the store's clock is, in milliseconds; exact to about a second, because that is what the store tells.
 * Undefined where it does not tell.
 */
export async function probeClockSkew(
  store: Store,
  { random = systemRandom }: ProbeOptions = {},
): Promise<number | undefined> {
  await withProbeKey(store, random, (key) => store.put(key, random(16)));
  const clock = store.clock();
  return clock && clock.store.getTime() - clock.local.getTime();
}

/** Whether these credentials may delete: no is what a push-only machine should have. */
export async function probeDeletion(
  store: Store,
  { random = systemRandom }: ProbeOptions = {},
): Promise<boolean> {
  const key = probeKey(random);
  await store.put(key, random(16));
  try {
    await store.delete(key);
    return (await store.stat(key)) === undefined;
  } catch (error) {
    if (isBmcloudError(error, 'store-denied')) return false;
    throw error;
  }
}

async function tryPutIfAbsent(
  store: Store,
  key: string,
  bytes: Uint8Array,
): Promise<'stored' | 'exists' | 'unsupported' | 'conflict'> {
  try {
    return await store.putIfAbsent(key, bytes);
  } catch (error) {
    if (!isBmcloudError(error, 'store-failed')) throw error;
    if (error.data.status === 409) return 'conflict'; // AWS, to who came while another was writing
    if (error.data.status === 501 || error.data.status === 400) return 'unsupported';
    throw error;
  }
}

/** Runs `act` with a key of its own, and removes what it wrote. Credentials that may not delete leave it behind. */
async function withProbeKey<T>(
  store: Store,
  random: RandomSource,
  act: (key: string) => Promise<T>,
): Promise<T> {
  const key = probeKey(random);
  let result: T;
  try {
    result = await act(key);
  } catch (error) {
    await store.delete(key).catch(() => {}); // the first failure is the one to tell
    throw error;
  }
  await store.delete(key).catch((error: unknown) => {
    if (!isBmcloudError(error, 'store-denied')) throw error;
  });
  return result;
}

function probeKey(random: RandomSource): string {
  return `probe/${toHex(random(16))}`;
}

async function* streamOf(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

import { access } from 'node:fs/promises';
import { platform } from 'node:os';
import { isBmcloudError } from './errors.ts';
import { absentAddon } from './native/absent.ts';
import { type OpenOptions, openRepository } from './repository/open.ts';
import { systemLeftovers } from './shadow/system.ts';
import { parseLocation } from './store/location.ts';
import { type Adapter, openAdapter } from './store/open.ts';
import {
  probeClockSkew,
  probeConditionalWrites,
  probeDeletion,
  probeLatency,
  probeReading,
  probeStream,
} from './store/probe.ts';

/** What a check found, and what to do about it. */
export interface Finding {
  check: string;
  /** `unchecked`: what was found before leaves nothing to find. */
  status: 'ok' | 'warning' | 'problem' | 'unchecked';
  message: string;
  hint?: string;
}

type Outcome = Omit<Finding, 'check'>;

/** A clock that is off by more than this makes S3 refuse requests, in milliseconds. */
const SKEW_PROBLEM = 15 * 60 * 1000;
const SKEW_WARNING = 60 * 1000;
const MEBIBYTE = 1024 * 1024;

/** Tries the store, the repository and this machine. Failures of checks are findings. @throws `usage`, `interrupted` */
export async function doctor(options: OpenOptions): Promise<Finding[]> {
  const adapter = await openAdapter(parseLocation(options.location), {
    env: options.env,
    ...(options.signal && { signal: options.signal }),
  });
  try {
    const findings = [await found(['Store', () => checkStore(adapter)])];
    const isUsable = findings[0]?.status === 'ok';
    for (const one of storeChecks(adapter, options)) findings.push(isUsable ? await found(one) : left(one));
    for (const one of machineChecks(options)) findings.push(await found(one));
    return findings;
  } finally {
    await adapter.close();
  }
}

type Check = [name: string, run: () => Promise<Outcome>];

function storeChecks(store: Adapter, options: OpenOptions): Check[] {
  const { capabilities } = store;
  return [
    ['Clock', () => checkClock(store)],
    ['Conditional writes', () => checkConditionalWrites(store)],
    ['Reading', () => checkReading(store)],
    ['Throughput', () => checkStream(store)],
    ['Deletion', () => checkDeletion(store)],
    ...(capabilities ? s3Checks(capabilities) : []),
    ['Repository', () => checkRepository(options)],
  ];
}

function machineChecks(options: OpenOptions): Check[] {
  return [
    ['Local cache', () => checkCache(options)],
    ['Snapshots of volumes', checkShadows],
    ...(platform() === 'win32' || absentAddon() ? [windowsPart] : []),
  ];
}

const windowsPart: Check = ['Windows part', async () => checkAddon()];

/** A check that fails says why; the next ones may still tell more. */
async function found([check, run]: Check): Promise<Finding> {
  try {
    return { check, ...(await run()) };
  } catch (error) {
    if (!isBmcloudError(error) || error.code === 'interrupted') throw error;
    return {
      check,
      status: 'problem',
      message: error.message,
      ...(error.hint !== undefined && { hint: error.hint }),
    };
  }
}

function left([check]: Check): Finding {
  return { check, status: 'unchecked', message: 'needs a store that answers' };
}

function ok(message: string): Outcome {
  return { status: 'ok', message };
}

/** A listing tells a missing bucket and wrong keys apart; the answer for a single object has no room for words. */
async function checkStore(store: Adapter): Promise<Outcome> {
  for await (const _ of store.list('probe/', { limit: 1 })) break;
  return ok(`${store.name} answers in ${Math.round(await probeLatency(store))} ms`);
}

async function checkClock(store: Adapter): Promise<Outcome> {
  const skew = await probeClockSkew(store);
  if (skew === undefined) return ok('the store has no clock of its own');
  const seconds = Math.round(Math.abs(skew) / 1000);
  if (Math.abs(skew) < SKEW_WARNING) return ok(`within ${Math.max(seconds, 1)} s of the store's`);
  const message = `${seconds} s ${skew > 0 ? 'behind' : 'ahead of'} the store's`;
  const hint = 'Set the clock of this machine, or let NTP keep it';
  return { status: Math.abs(skew) < SKEW_PROBLEM ? 'warning' : 'problem', message, hint };
}

async function checkConditionalWrites(store: Adapter): Promise<Outcome> {
  if (await probeConditionalWrites(store)) return ok('one of several racing writers wins');
  return {
    status: 'warning',
    message: 'the store ignores them',
    hint: 'Pushes stay safe; pruning will need care',
  };
}

async function checkReading(store: Adapter): Promise<Outcome> {
  const { ranges, listedAtOnce } = await probeReading(store);
  if (!ranges)
    return { status: 'problem', message: 'parts of objects cannot be read', hint: 'Use another store' };
  if (listedAtOnce) return ok('parts of objects, and what was just written shows in listings');
  return {
    status: 'warning',
    message: 'what was just written does not show in listings',
    hint: 'Push from one machine at a time',
  };
}

async function checkStream(store: Adapter): Promise<Outcome> {
  const { intact, upload, download } = await probeStream(store);
  const rate = (bytes: number) => `${(bytes / MEBIBYTE).toFixed(1)} MiB/s`;
  if (intact) return ok(`${rate(upload)} up in parts, ${rate(download)} down`);
  return {
    status: 'problem',
    message: 'what was read is not what was written',
    hint: 'Do not use this store',
  };
}

async function checkDeletion(store: Adapter): Promise<Outcome> {
  return ok(
    (await probeDeletion(store))
      ? 'these credentials may delete'
      : 'these credentials may not delete, as is right for push-only machines',
  );
}

function s3Checks(capabilities: NonNullable<Adapter['capabilities']>): [string, () => Promise<Outcome>][] {
  return [
    ['Versioning', async () => ok(await capabilities.versioning())],
    ['Object Lock', async () => ok(lockText(await capabilities.objectLock()))],
    ['Unfinished uploads', async () => leftovers(await capabilities.unfinishedUploads())],
  ];
}

function lockText(lock: Awaited<ReturnType<NonNullable<Adapter['capabilities']>['objectLock']>>): string {
  return lock.state === 'on' && lock.days !== undefined
    ? `on, new objects are kept ${lock.days} days`
    : lock.state;
}

function leftovers(count: number): Outcome {
  if (count === 0) return ok('none');
  return {
    status: 'warning',
    message: `${count}, which cost money`,
    hint: 'The next push removes those older than a day',
  };
}

async function checkRepository(options: OpenOptions): Promise<Outcome> {
  const repository = await openRepository({ ...options, dryRun: true });
  try {
    return ok(`${repository.id} opens with a key of role ${repository.role}`);
  } finally {
    await repository.close();
  }
}

async function checkCache({ directories }: OpenOptions): Promise<Outcome> {
  try {
    await access(directories.cache);
    return ok(directories.cache);
  } catch {
    return ok(`${directories.cache} is not there yet; the next push makes it`);
  }
}

/** Frozen views that a killed push left behind take room for ever. */
async function checkShadows(): Promise<Outcome> {
  const names = await systemLeftovers();
  if (names.length === 0) return ok('None was left behind by a killed push');
  return {
    status: 'warning',
    message: `Left behind by killed pushes: ${names.join(', ')}`,
    hint: 'The next push that needs a snapshot removes them',
  };
}

function checkAddon(): Outcome {
  const absent = absentAddon();
  if (!absent) return ok('access lists, streams, snapshots and cloud files are known');
  return { status: 'warning', message: absent.message, hint: absent.hint };
}

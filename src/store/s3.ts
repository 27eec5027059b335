import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { BmcloudError } from '../errors.ts';
import { type BackoffPolicy, defaultBackoff } from '../flow/backoff.ts';
import { ReusedBuffers } from '../flow/reused-buffers.ts';
import { checkFolder, checkKey, checkPrefix, cutShort, notFound } from './key.ts';
import { askObjectLock, askVersioning, type S3Capabilities } from './s3-capabilities.ts';
import { connect, type S3ClientOptions, type S3Connection } from './s3-client.ts';
import { s3ErrorName, statusOf } from './s3-errors.ts';
import { listObjectNames, listObjects, type S3Listing } from './s3-list.ts';
import { s3Name } from './s3-location.ts';
import { readBody } from './s3-read.ts';
import { type Send, sender, translated } from './s3-requests.ts';
import { sweepUploads, unfinishedUploads } from './s3-sweep.ts';
import { PART_SIZE, uploadStream } from './s3-upload.ts';
import { watchSource } from './source.ts';
import {
  type ByteRange,
  type ListOptions,
  type Pieces,
  readPieces,
  type Store,
  type StoredObject,
  SWEEP_AGE,
} from './store.ts';

export interface S3Options extends S3ClientOptions {
  signal?: AbortSignal | undefined;
  /** For the single requests of a stream; everything else is tried once. */
  backoff?: Partial<BackoffPolicy>;
  /** Bytes of a part of a stream. */
  partSize?: number;
}

/** A store that can answer what `doctor` asks. */
export interface S3Store extends Store {
  readonly capabilities: S3Capabilities;
}

/**
 * A repository in S3, or in storage that speaks its protocol. Requests are tried once (those of a stream as often as `backoff`
 * says): `retryingStore` repeats them. Nothing is asked yet.
 * @throws `config` for a file of certificates that cannot be read
 */
export async function s3Store(options: S3Options): Promise<S3Store> {
  return new S3Adapter(await connect(options), options);
}

class S3Adapter implements S3Store {
  readonly name: string;
  readonly capabilities: S3Capabilities;
  readonly #connection: S3Connection;
  readonly #options: S3Options;
  readonly #bucket: string;
  /** What all keys of the repository begin with in the bucket: nothing, or a path that ends in `/`. */
  readonly #root: string;
  readonly #send: Send;
  readonly #partSize: number;
  /** For parts, as many as two lanes fill and send at once. */
  readonly #buffers: ReusedBuffers;

  constructor(connection: S3Connection, options: S3Options) {
    const { bucket, prefix } = options.location;
    this.name = s3Name(options.location);
    this.#connection = connection;
    this.#options = options;
    this.#bucket = bucket;
    this.#root = prefix && `${prefix}/`;
    this.#send = sender(connection, options.signal);
    this.#partSize = options.partSize ?? PART_SIZE;
    this.#buffers = new ReusedBuffers({ most: 4, largest: Math.max(this.#partSize, PART_SIZE) });
    this.capabilities = {
      versioning: () => this.#ours('', () => askVersioning(this.#send, bucket)),
      objectLock: () => this.#ours('', () => askObjectLock(this.#send, bucket)),
      region: () => connection.region,
      unfinishedUploads: () => this.#ours('', () => count(unfinishedUploads(this.#uploads()))),
    };
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array> {
    const Range = range && `bytes=${range.start}-${range.end - 1}`;
    const command = new GetObjectCommand({ ...this.#at(key), Range });
    if (range && range.start === range.end) return new Uint8Array(0); // HTTP has no word for it
    return this.#ours(key, async () => {
      const answer = await this.#send(command).catch((error: unknown) => {
        throw absence(error, key, this.name) ?? error;
      });
      const bytes = cutTo(range, answer, await readBody(answer, key, this.name));
      if (range && bytes.length < range.end - range.start) throw cutShort(key, this.name);
      return bytes;
    });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const command = new PutObjectCommand({ ...this.#at(key), Body: bytes });
    await this.#ours(key, () => this.#send(command));
  }

  async putIfAbsent(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    const command = new PutObjectCommand({ ...this.#at(key), Body: bytes, IfNoneMatch: '*' });
    return this.#ours(key, () => this.#send(command).then(() => 'stored' as const, existsIfRefused));
  }

  async putStream(key: string, pieces: Pieces): Promise<void> {
    const { Bucket: bucket, Key } = this.#at(key);
    const { backoff, signal } = this.#options;
    const source = watchSource(readPieces(pieces));
    const upload = {
      send: this.#send,
      checksums: this.#connection.checksums,
      translate: <T>(act: () => Promise<T>) => this.#ours(key, act),
      policy: { ...defaultBackoff, ...backoff, signal },
      bucket,
      key: Key,
      partSize: this.#partSize,
      buffers: this.#buffers,
    };
    try {
      await this.#ours(key, () => uploadStream(upload, source.pieces));
    } catch (error) {
      throw source.failure ? source.failure.error : error;
    }
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<StoredObject> {
    checkPrefix(prefix);
    yield* listObjects(this.#listing(), prefix, options);
  }

  async *listNames(prefix: string): AsyncGenerator<string> {
    checkFolder(prefix);
    yield* listObjectNames(this.#listing(), prefix);
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    const command = new HeadObjectCommand(this.#at(key));
    return this.#ours(key, async () => {
      const answer = await this.#send(command).catch(undefinedIfAbsent);
      return answer && { key, size: answer.ContentLength ?? 0, modified: answer.LastModified };
    });
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand(this.#at(key));
    await this.#ours(key, () => this.#send(command).catch(undefinedIfAbsent));
  }

  clock(): { store: Date; local: Date } | undefined {
    return this.#connection.lastAnswer;
  }

  async sweep(): Promise<number> {
    return this.#ours('', async () => {
      // Any answer tells the store's time; the one to the latest request is new enough for ages of a day.
      if (!this.#connection.lastAnswer)
        await this.#send(new ListObjectsV2Command({ Bucket: this.#bucket, MaxKeys: 1 }));
      const now = this.#connection.lastAnswer?.store;
      return now ? sweepUploads(this.#uploads(), new Date(now.getTime() - SWEEP_AGE)) : 0;
    });
  }

  async close(): Promise<void> {
    this.#connection.client.destroy();
  }

  #at(key: string): { Bucket: string; Key: string } {
    checkKey(key);
    return { Bucket: this.#bucket, Key: this.#root + key };
  }

  /** Runs `act`, with errors of the SDK turned into ours. */
  #ours<T>(key: string, act: () => Promise<T>): Promise<T> {
    return translated(this.#connection, { store: this.name, signal: this.#options.signal }, key, act);
  }

  #listing(): S3Listing {
    return {
      bucket: this.#bucket,
      root: this.#root,
      store: this.name,
      ask: (page) => this.#ours('', () => this.#send(page)),
    };
  }

  #uploads() {
    return { send: this.#send, store: this.name, bucket: this.#bucket, root: this.#root };
  }
}

/** `not-found` or `damaged` for an object that is not there, or not long enough; undefined for other errors. */
function absence(error: unknown, key: string, store: string): BmcloudError | undefined {
  if (statusOf(error) === 416) return cutShort(key, store);
  return isAbsence(error) ? notFound(key, store, error) : undefined;
}

function isAbsence(error: unknown): boolean {
  return statusOf(error) === 404 && s3ErrorName(error) !== 'NoSuchBucket';
}

function undefinedIfAbsent(error: unknown): undefined {
  if (!isAbsence(error)) throw error;
}

function existsIfRefused(error: unknown): 'exists' {
  if (statusOf(error) !== 412) throw error;
  return 'exists';
}

/** The range that was asked for; a proxy may have sent the whole object instead. */
function cutTo(
  range: ByteRange | undefined,
  { ContentRange }: GetObjectCommandOutput,
  bytes: Uint8Array,
): Uint8Array {
  return range && ContentRange === undefined ? bytes.slice(range.start, range.end) : bytes;
}

async function count(found: AsyncIterable<unknown>): Promise<number> {
  let counted = 0;
  for await (const _ of found) counted++;
  return counted;
}

import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type UploadPartCommandInput,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import { type BackoffPolicy, withBackoff } from '../flow/backoff.ts';
import type { ReusedBuffers } from '../flow/reused-buffers.ts';
import {
  type BegunUpload,
  type Checksums,
  checksumOf,
  mayTakeSigned,
  withUnsignedBody,
} from './s3-checksums.ts';
import { s3ErrorName, statusOf } from './s3-errors.ts';
import { type Part, PartCutter } from './s3-parts.ts';
import type { Send } from './s3-requests.ts';

/** Bytes, as few as S3 takes: the wait for an answer is small beside the sending of a pack, and 10,000 make 48 GiB. */
export const PART_SIZE = 5 * 1024 * 1024;
/** One is filled while the other is on its way. */
const PARTS_AT_ONCE = 2;

export interface UploadOptions {
  send: Send;
  /** Turns what a request throws into an error of ours. */
  translate: <T>(act: () => Promise<T>) => Promise<T>;
  /** A stream cannot be replayed, but each of its requests can. */
  policy: BackoffPolicy;
  checksums: Checksums;
  bucket: string;
  /** The whole key. */
  key: string;
  /** Bytes. */
  partSize: number;
  buffers: ReusedBuffers;
}

/** Uploads a stream: in parts, or with one PUT when it is no longer than one part. A failed upload is aborted. */
export async function uploadStream(options: UploadOptions, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const { send, bucket: Bucket, key: Key, buffers, partSize } = options;
  const parts = new PartCutter(pieces, () => buffers.take(partSize));
  try {
    const first = (await parts.next()) as Part;
    if (!parts.ended) return await uploadParts(options, parts, first);
    await repeated(options, () => send(new PutObjectCommand({ Bucket, Key, Body: first.bytes })));
    buffers.give(first.bytes);
  } finally {
    await parts.close();
  }
}

async function uploadParts(options: UploadOptions, parts: PartCutter, first: Part): Promise<void> {
  const upload = await Upload.begin(options);
  const others = Array.from({ length: PARTS_AT_ONCE - 1 }, () => upload.send(parts));
  await Promise.all([upload.send(parts, first), ...others]);
  await upload.end();
}

/** An upload in parts. */
class Upload {
  readonly #options: UploadOptions;
  readonly #place: { Bucket: string; Key: string; UploadId: string | undefined };
  /** The store says that it compares the checksums of parts. */
  readonly #compared: boolean;
  readonly #sent: CompletedPart[] = [];
  /** Bytes, of all parts. */
  #size = 0;
  /** The first one. */
  #failure: { error: unknown } | undefined;

  static async begin(options: UploadOptions): Promise<Upload> {
    const { send, bucket: Bucket, key: Key, checksums } = options;
    const begun = await repeated(options, () =>
      checksums.begin((ChecksumAlgorithm) =>
        send(new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm })),
      ),
    );
    return new Upload(options, begun);
  }

  constructor(options: UploadOptions, { uploadId, compared }: BegunUpload) {
    this.#options = options;
    this.#place = { Bucket: options.bucket, Key: options.key, UploadId: uploadId };
    this.#compared = compared;
  }

  /**
   * Sends one part after the other. Once something has failed for good nothing is sent: what is still to come would be uploaded
   * for nothing. It is thrown by `end`.
   */
  async send(parts: PartCutter, first?: Part): Promise<void> {
    try {
      for (let part = first ?? (await parts.next()); part && !this.#failure; part = await parts.next())
        await this.#sendPart(part);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  async #sendPart({ number: PartNumber, bytes: Body }: Part): Promise<void> {
    // An upload that was begun with checksums wants one for each part, whatever else guards it.
    const sum = this.#compared ? { ChecksumCRC32: checksumOf(Body) } : {};
    const part = { ...this.#place, PartNumber, Body, ...sum };
    const { ETag, ChecksumCRC32 } = await repeated(
      this.#options,
      async () => (await this.#sendUnsigned(part)) ?? this.#options.send(new UploadPartCommand(part)),
    );
    this.#sent.push({ PartNumber, ETag, ChecksumCRC32 });
    this.#size += Body.length;
    // Only now: after a failure a request may still be on its way with what lies in it.
    this.#options.buffers.give(Body);
  }

  /** @returns undefined if the store does not compare the checksum, or takes no body that is not signed */
  async #sendUnsigned(part: UploadPartCommandInput): Promise<UploadPartCommandOutput | undefined> {
    const { checksums, send } = this.#options;
    const { ChecksumCRC32 } = part;
    if (ChecksumCRC32 === undefined || !checksums.areTrusted) return undefined;
    const answer = await send(withUnsignedBody(new UploadPartCommand(part))).catch((error: unknown) => {
      if (!mayTakeSigned(error)) throw error;
    });
    if (answer?.ChecksumCRC32 === ChecksumCRC32) return answer;
    checksums.distrust();
    return undefined;
  }

  /** Makes an object of the parts, or throws what failed. */
  async end(): Promise<void> {
    try {
      if (this.#failure) throw this.#failure.error;
      await this.#complete();
    } catch (error) {
      await this.#abort().catch(() => {}); // the first failure is the one to tell; `sweep` removes what stays
      throw error;
    }
  }

  async #complete(): Promise<void> {
    const { send } = this.#options;
    const Parts = this.#sent.sort((a, b) => (a.PartNumber as number) - (b.PartNumber as number));
    await repeated(this.#options, (failed) =>
      send(new CompleteMultipartUploadCommand({ ...this.#place, MultipartUpload: { Parts } })).catch(
        async (error: unknown) => {
          // An attempt whose answer was lost may have ended the upload: no store but AWS's then answers as it did before.
          const isOver = failed > 0 && s3ErrorName(error) === 'NoSuchUpload';
          if (!isOver || !(await this.#isThere())) throw error;
        },
      ),
    );
  }

  /** Whether the object is there, as long as what was sent. No other upload has its key. */
  async #isThere(): Promise<boolean> {
    const { send, bucket: Bucket, key: Key } = this.#options;
    const found = await send(new HeadObjectCommand({ Bucket, Key })).catch((error: unknown) => {
      if (statusOf(error) !== 403 && statusOf(error) !== 404) throw error;
    });
    return found?.ContentLength === this.#size;
  }

  async #abort(): Promise<void> {
    const { send } = this.#options;
    await repeated(this.#options, () => send(new AbortMultipartUploadCommand(this.#place)));
  }
}

/** Sends a request as often as the policy says. `act` is told how many attempts failed before it. */
async function repeated<T>(
  { policy, translate }: UploadOptions,
  act: (failed: number) => Promise<T>,
): Promise<T> {
  return await withBackoff(policy, (failed) => translate(() => act(failed)));
}

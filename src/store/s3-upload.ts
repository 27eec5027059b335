import { Readable } from 'node:stream';
import { AbortMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type BackoffPolicy, withBackoff } from '../flow/backoff.ts';
import type { Send } from './s3-requests.ts';

/** Bytes: four of them make the wait for an answer small beside the sending, and 10,000 make 78 GiB. */
export const PART_SIZE = 8 * 1024 * 1024;
/** Parts on their way at once, each held in memory. */
const PARTS_AT_ONCE = 2;

export interface UploadOptions {
  client: S3Client;
  send: Send;
  /** Turns what a request throws into an error of ours. */
  translate: <T>(act: () => Promise<T>) => Promise<T>;
  /** A stream cannot be replayed, but each of its requests can. */
  policy: BackoffPolicy;
  bucket: string;
  /** The whole key. */
  key: string;
  /** Bytes. */
  partSize: number;
}

/** Uploads a stream: in parts, or with one PUT when it is no longer than one part. A failed upload is aborted. */
export async function uploadStream(options: UploadOptions, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const upload = new Upload({
    client: persistent(options),
    params: { Bucket: options.bucket, Key: options.key, Body: Readable.from(pieces) },
    partSize: options.partSize,
    queueSize: PARTS_AT_ONCE,
  });
  await upload.done();
}

/**
 * The client with every request repeated as the policy says. Once a request has failed for good only the abort is sent, or the
 * parts that are still to come would be uploaded for nothing.
 */
function persistent({ client, send, translate, policy }: UploadOptions): S3Client {
  let failure: { error: unknown } | undefined;
  const sendAgain = async (command: Parameters<Send>[0]) => {
    const isAbort = (command as unknown) instanceof AbortMultipartUploadCommand;
    if (failure && !isAbort) throw failure.error;
    try {
      return await withBackoff(policy, () => translate(() => send(command)));
    } catch (error) {
      failure ??= { error };
      throw failure.error; // and not that the abort failed too: `sweep` removes what stays
    }
  };
  return Object.create(client, { send: { value: sendAgain } }) as S3Client;
}

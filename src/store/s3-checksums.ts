import { crc32 } from 'node:zlib';
import type { CreateMultipartUploadCommandOutput, UploadPartCommand } from '@aws-sdk/client-s3';
import { s3ErrorName, statusOf } from './s3-errors.ts';

/*
 * What guards the bytes of a part on their way: a signature that covers their SHA-256, or a CRC-32 that the store compares, where
 * it says that it does. Both sides compute either; SHA-256 made a push of large files to a MinIO on the same machine 1.1x as long.
 * The CRC is no weaker where it counts: a line that is not trusted needs TLS in any case, as answers are not signed.
 */

/** CRC-32s are always sent, never, or once the store was asked and knows them. */
export type ChecksumUse = 'always' | 'never' | 'asked';

type Begin = (algorithm?: 'CRC32') => Promise<CreateMultipartUploadCommandOutput>;

export interface BegunUpload {
  uploadId: string | undefined;
  /** The store says that it compares the checksums of parts. */
  compared: boolean;
}

/** What stores say to a header that they do not know. */
const unknownHeader = new Set(['InvalidArgument', 'InvalidRequest', 'NotImplemented', 'UnsupportedHeader']);

/** What is known of a store's checksums. */
export class Checksums {
  #use: ChecksumUse;
  #areTrusted = true;

  constructor(use: ChecksumUse) {
    this.#use = use;
  }

  /** False once the store did not compare what it said it would, or refused bodies that are not signed: all are, from then on. */
  get areTrusted(): boolean {
    return this.#areTrusted;
  }

  /** Uploads that begin later do without checksums, where nobody asked for them. */
  distrust(): void {
    this.#areTrusted = false;
    if (this.#use === 'asked') this.#use = 'never';
  }

  /** Begins an upload, of parts with checksums where the store has them; one that refuses them is not asked again. */
  async begin(begin: Begin): Promise<BegunUpload> {
    const answer = await this.#ask(begin);
    return { uploadId: answer.UploadId, compared: answer.ChecksumAlgorithm === 'CRC32' };
  }

  async #ask(begin: Begin): Promise<CreateMultipartUploadCommandOutput> {
    if (this.#use === 'never') return await begin();
    try {
      return await begin('CRC32');
    } catch (error) {
      if (this.#use === 'always' || !isUnknown(error)) throw error;
      const answer = await begin();
      this.#use = 'never';
      return answer;
    }
  }
}

/** It may be that only the body had to be signed: a bucket's policy can demand that, and a store know no other way. */
export function mayTakeSigned(error: unknown): boolean {
  return statusOf(error) === 403 || isUnknown(error);
}

/** The store does not know what a request asks for; it may well know the rest. */
function isUnknown(error: unknown): boolean {
  const status = statusOf(error);
  return status === 501 || (status === 400 && unknownHeader.has(s3ErrorName(error)));
}

/** The CRC-32 of bytes, as S3 writes it. */
export function checksumOf(bytes: Uint8Array): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}

/** The same request, whose signature covers everything but the body. */
export function withUnsignedBody(command: UploadPartCommand): UploadPartCommand {
  command.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      return next(args);
    },
    { step: 'build', name: 'unsignedBody' },
  );
  return command;
}

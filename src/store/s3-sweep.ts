import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { BmcloudError } from '../errors.ts';
import type { Send } from './s3-requests.ts';

/** The folders of a repository: in a bucket that it shares with others, uploads elsewhere are not ours to abort. */
const FOLDERS = /^(packs|index|manifests|keys|owner|spare|probe)\//;

export interface Sweep {
  send: Send;
  /** The store's name, for messages. */
  store: string;
  bucket: string;
  /** The start of the keys of the repository: empty, or ending in `/`. */
  root: string;
}

interface UnfinishedUpload {
  key: string;
  id: string;
  begun: Date;
}

/** Aborts uploads into the repository that began before `before`. Returns how many. */
export async function sweepUploads(sweep: Sweep, before: Date): Promise<number> {
  let swept = 0;
  for await (const { key, id, begun } of unfinishedUploads(sweep)) {
    if (begun >= before) continue;
    await sweep.send(new AbortMultipartUploadCommand({ Bucket: sweep.bucket, Key: key, UploadId: id }));
    swept++;
  }
  return swept;
}

/** Uploads into the repository. All of the bucket's are listed: MinIO finds none for a prefix that is not a whole key. */
export async function* unfinishedUploads({
  send,
  store,
  bucket,
  root,
}: Sweep): AsyncGenerator<UnfinishedUpload> {
  let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await send(new ListMultipartUploadsCommand({ Bucket: bucket, ...marker }));
    for (const { Key = '', UploadId, Initiated } of page.Uploads ?? []) {
      if (!Key.startsWith(root) || !FOLDERS.test(Key.slice(root.length)) || !UploadId || !Initiated) continue;
      yield { key: Key, id: UploadId, begun: Initiated };
    }
    if (!page.IsTruncated) return;
    const next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    if (next.KeyMarker === marker.KeyMarker && next.UploadIdMarker === marker.UploadIdMarker) {
      throw new BmcloudError('store-failed', `${store} gives the same list of unfinished uploads again`);
    }
    marker = next;
  }
}

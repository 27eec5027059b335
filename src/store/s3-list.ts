import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { BmcloudError } from '../errors.ts';
import { isKey } from './key.ts';
import type { ListOptions, StoredObject } from './store.ts';

/** The most that S3 gives at once. */
const PAGE = 1000;

/** Asks for one page of a listing. */
export type AskPage = (command: ListObjectsV2Command) => Promise<ListObjectsV2CommandOutput>;

export interface S3Listing {
  bucket: string;
  /** The start of the S3 keys of all objects of the repository: empty, or ending in `/`. */
  root: string;
  /** The store's name, for messages. */
  store: string;
  ask: AskPage;
}

/** The objects below a prefix, in order; keys that are not ours are left out. @throws `store-failed` */
export async function* listObjects(
  listing: S3Listing,
  prefix: string,
  { limit = Number.POSITIVE_INFINITY, after }: ListOptions,
): AsyncGenerator<StoredObject> {
  let left = limit;
  let last = after ?? '';
  for await (const page of pagesOf(listing, prefix, after, (size) => Math.min(size, left))) {
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      const key = Key?.slice(listing.root.length) ?? '';
      if (!isKey(key) || key <= last) continue; // some stores ignore StartAfter
      if (left-- <= 0) return;
      last = key;
      yield { key, size: Size ?? 0, modified: LastModified };
    }
    if (left <= 0) return;
  }
}

/** The next components below a prefix, in the order of their keys. @throws `store-failed` */
export async function* listObjectNames(listing: S3Listing, prefix: string): AsyncGenerator<string> {
  let last: string | undefined;
  for await (const page of pagesOf(listing, prefix, undefined, (size) => size, '/')) {
    for (const key of keysOf(page)) {
      const name = key.slice(listing.root.length + prefix.length).replace(/\/$/, '');
      if (name !== last && isKey(prefix + name)) yield name;
      last = name;
    }
  }
}

/**
 * The pages of a listing. A listing that is cut short makes a prune delete what lives, so nothing is taken on trust: keys must
 * ascend from page to page, a page that says there is more must say where, and a last page that happens to be full is asked
 * whether it really was the last.
 */
async function* pagesOf(
  listing: S3Listing,
  prefix: string,
  after: string | undefined,
  pageSize: (most: number) => number,
  delimiter?: string,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  let token: string | undefined;
  let start = after === undefined ? undefined : listing.root + after;
  let last = '';
  for (;;) {
    const asked = pageSize(PAGE);
    const page = await listing.ask(
      new ListObjectsV2Command({
        Bucket: listing.bucket,
        Prefix: listing.root + prefix,
        MaxKeys: asked,
        Delimiter: delimiter,
        ContinuationToken: token,
        StartAfter: token === undefined ? start : undefined,
      }),
    );
    const askedAgain = token === undefined && start === last;
    const keys = keysOf(page).filter((key) => !askedAgain || key > last);
    if (askedAgain && keys.length === 0) return;
    last = checkOrder(listing, keys, last);
    yield page;
    if (page.IsTruncated) token = nextToken(listing, page, token);
    else if (keys.length < asked || asked < PAGE) return;
    else [token, start] = [undefined, last];
  }
}

/** Keys and common prefixes of a page: S3 gives them apart, each in order. */
function keysOf(page: ListObjectsV2CommandOutput): string[] {
  const keys = (page.Contents ?? []).map(({ Key = '' }) => Key);
  const folders = (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix);
  return folders.length === 0 ? keys : [...keys, ...folders].sort();
}

function checkOrder({ store }: S3Listing, keys: string[], before: string): string {
  let last = before;
  for (const key of keys) {
    if (key <= last && last !== '') throw brokenListing(store, 'its keys are not in order');
    last = key;
  }
  return last;
}

function nextToken(
  { store }: S3Listing,
  page: ListObjectsV2CommandOutput,
  token: string | undefined,
): string {
  const next = page.NextContinuationToken;
  if (!next) throw brokenListing(store, 'it says that there is more, but not where');
  if (next === token) throw brokenListing(store, 'it gives the same page again');
  return next;
}

function brokenListing(store: string, why: string): BmcloudError {
  return new BmcloudError('store-failed', `${store} gives a listing that cannot be relied on: ${why}`, {
    hint: 'Report this to whoever runs the storage',
  });
}

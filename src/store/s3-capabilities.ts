import { GetBucketVersioningCommand, GetObjectLockConfigurationCommand } from '@aws-sdk/client-s3';
import { s3ErrorName, statusOf } from './s3-errors.ts';
import type { Send } from './s3-requests.ts';

/** What `doctor` asks of a bucket and no other store can answer. */
export interface S3Capabilities {
  /** `unknown`: the store does not say, or does not know the question. */
  versioning(): Promise<'on' | 'suspended' | 'off' | 'unknown'>;
  objectLock(): Promise<ObjectLock>;
  /** Of the endpoint, as last learned. */
  region(): string;
  /** How many uploads into the repository were never finished, however old. */
  unfinishedUploads(): Promise<number>;
}

export type ObjectLock =
  | { state: 'off' | 'unknown' }
  /** `days` for which new objects are kept from deletion, where the bucket has a default. */
  | { state: 'on'; mode?: 'GOVERNANCE' | 'COMPLIANCE'; days?: number };

export async function askVersioning(send: Send, bucket: string): ReturnType<S3Capabilities['versioning']> {
  try {
    const { Status } = await send(new GetBucketVersioningCommand({ Bucket: bucket }));
    if (Status === 'Enabled') return 'on';
    return Status === 'Suspended' ? 'suspended' : 'off';
  } catch (error) {
    if (isUnanswered(error)) return 'unknown';
    throw error;
  }
}

export async function askObjectLock(send: Send, bucket: string): Promise<ObjectLock> {
  try {
    const { ObjectLockConfiguration } = await send(new GetObjectLockConfigurationCommand({ Bucket: bucket }));
    if (ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') return { state: 'off' };
    const { Mode, Days, Years } = ObjectLockConfiguration.Rule?.DefaultRetention ?? {};
    const days = Days ?? (Years === undefined ? undefined : Years * 365);
    return { state: 'on', ...(Mode && { mode: Mode }), ...(days !== undefined && { days }) };
  } catch (error) {
    if (s3ErrorName(error) === 'ObjectLockConfigurationNotFoundError') return { state: 'off' };
    if (isUnanswered(error)) return { state: 'unknown' };
    throw error;
  }
}

/** The store does not know the question, or these credentials may not ask it. */
function isUnanswered(error: unknown): boolean {
  return [400, 403, 404, 405, 501].includes(statusOf(error) ?? 0) && s3ErrorName(error) !== 'NoSuchBucket';
}

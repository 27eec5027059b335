import type { S3Client } from '@aws-sdk/client-s3';
import type { S3Connection } from './s3-client.ts';
import { s3Error, s3ErrorName } from './s3-errors.ts';

export interface RequestOptions {
  /** The store's name, for messages. */
  store: string;
  signal?: AbortSignal | undefined;
}

/** Sends a command; `key` is for messages. What it throws is the SDK's: `translated` makes it ours. */
export type Send = S3Client['send'];

/**
 * Sends commands, each once more if the answer says that the bucket is in another region: the host stays, or is one of AWS for
 * that region, so credentials never go where a redirect points to.
 */
export function sender(connection: S3Connection, signal: AbortSignal | undefined): Send {
  const { client } = connection;
  const send = async (command: Parameters<Send>[0]) => {
    const options = signal ? { abortSignal: signal } : {};
    try {
      return await client.send(command, options);
    } catch (error) {
      const region = otherRegion(error, connection.region);
      if (region === undefined) throw error;
      connection.region = region;
      return client.send(command, options);
    }
  };
  return send as Send;
}

/** Runs `act`, with errors of the SDK turned into ours. */
export async function translated<T>(
  connection: S3Connection,
  { store, signal }: RequestOptions,
  key: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw s3Error(error, { store, key, clock: connection.lastAnswer, signal });
  }
}

function otherRegion(error: unknown, current: string): string | undefined {
  const { Region, $response } = error as {
    Region?: string;
    $response?: { headers?: Record<string, string> };
  };
  const named = $response?.headers?.['x-amz-bucket-region'] ?? regionInBody(error, Region);
  return named && named !== current && /^[A-Za-z0-9-]{1,64}$/.test(named) ? named : undefined;
}

function regionInBody(error: unknown, region: string | undefined): string | undefined {
  return ['AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'].includes(s3ErrorName(error))
    ? region
    : undefined;
}

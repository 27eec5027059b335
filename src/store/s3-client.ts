import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { BmcloudError, messageOf } from '../errors.ts';
import { proxyFor } from './proxy.ts';
import { Checksums, type ChecksumUse } from './s3-checksums.ts';
import type { S3Location } from './s3-location.ts';

/** More than the requests that ever run at once, so that none waits for a socket. */
const MAX_SOCKETS = 64;
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds without a byte in either direction. */
const IDLE_TIMEOUT = 60_000;
const DEFAULT_REGION = 'us-east-1';
/** The SDK would write to the console. */
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export interface S3ClientOptions {
  location: S3Location;
  /**
   * Credentials, region, endpoint and CA bundle are looked up here first (`AWS_…`); profiles, SSO and roles as the AWS CLI does.
   * Proxies are looked up here only.
   */
  env: Record<string, string | undefined>;
  /** Milliseconds. */
  connectTimeout?: number;
  idleTimeout?: number;
}

/** The client, and what is learned from answers. */
export interface S3Connection {
  client: S3Client;
  /** The region requests are signed for; changed when the store names another. */
  region: string;
  /** Absent: AWS. */
  endpoint: string | undefined;
  readonly checksums: Checksums;
  /** From the `Date` header of the latest answer. */
  lastAnswer: { store: Date; local: Date } | undefined;
}

/**
 * Connects to nothing yet. The SDK's own retries are off: the wrapper around the store (and, for the requests of a stream, the
 * adapter) repeats what is transient, with one policy and one place to watch it.
 * @throws `config` when the CA file cannot be read
 */
export async function connect(options: S3ClientOptions): Promise<S3Connection> {
  const { location, env } = options;
  const endpoint = location.endpoint ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  const requestHandler = await requestHandlerFor(endpoint ?? awsUrl(location), options);
  const checksumUse = checksumUseOf(location, endpoint);
  const connection: Omit<S3Connection, 'client'> = {
    region: location.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? DEFAULT_REGION,
    endpoint,
    checksums: new Checksums(checksumUse),
    lastAnswer: undefined,
  };
  const client = new S3Client({
    region: async () => connection.region,
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: location.pathStyle ?? endpoint !== undefined,
    credentials: credentialsOf(location, env, requestHandler),
    requestHandler,
    maxAttempts: 1,
    // R2, B2 and others refuse checksums they do not know; but for parts that have one, the signature covers the SHA-256 of every body.
    requestChecksumCalculation: checksumUse === 'always' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED', // everything read is authenticated by who asked for it
    // A round trip before every part, for the rare case that a store refuses it.
    expectContinueHeader: false,
  });
  const connected = Object.assign(connection, { client });
  watchClock(connected);
  return connected;
}

function checksumUseOf({ checksums }: S3Location, endpoint: string | undefined): ChecksumUse {
  if (checksums === undefined) return endpoint === undefined ? 'always' : 'asked';
  return checksums === 'supported' ? 'always' : 'never';
}

function awsUrl({ bucket, region = DEFAULT_REGION }: S3Location): string {
  return `https://${bucket}.s3.${region}.amazonaws.com`;
}

function credentialsOf(
  location: S3Location,
  env: S3ClientOptions['env'],
  requestHandler: NodeHttpHandler,
): NonNullable<ConstructorParameters<typeof S3Client>[0]>['credentials'] {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  // As for the AWS CLI: a profile that was named outweighs keys in the environment, AWS_PROFILE does not.
  if (location.profile !== undefined) return ofProfile(location.profile, requestHandler);
  if (accessKeyId && secretAccessKey) {
    const sessionToken = env.AWS_SESSION_TOKEN;
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  }
  return fromNodeProviderChain({
    ...(env.AWS_PROFILE && { profile: env.AWS_PROFILE }),
    clientConfig: { requestHandler },
    logger: silent,
  });
}

/** Of nothing else: who names a profile does not want the credentials of this machine instead. */
function ofProfile(profile: string, requestHandler: NodeHttpHandler): ReturnType<typeof fromIni> {
  const provide = fromIni({ profile, clientConfig: { requestHandler }, logger: silent });
  return async (properties) => {
    try {
      return await provide(properties);
    } catch (error) {
      throw new BmcloudError(
        'store-denied',
        `The profile "${profile}" gives no credentials: ${messageOf(error)}`,
        {
          hint: 'Check ~/.aws/config and ~/.aws/credentials, or log in with "aws sso login"',
          cause: error,
        },
      );
    }
  };
}

async function requestHandlerFor(url: string, options: S3ClientOptions): Promise<NodeHttpHandler> {
  const ca = url.startsWith('https:') ? await readCa(options) : undefined;
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS, ...(ca && { ca }) };
  const proxy = proxyFor(url, options.env);
  return new NodeHttpHandler({
    connectionTimeout: options.connectTimeout ?? CONNECT_TIMEOUT,
    socketTimeout: options.idleTimeout ?? IDLE_TIMEOUT,
    httpAgent: proxy ? new HttpProxyAgent(proxy, agent) : new HttpAgent(agent),
    httpsAgent: proxy ? new HttpsProxyAgent(proxy, agent) : new HttpsAgent(agent),
    logger: silent,
  });
}

async function readCa({ location, env }: S3ClientOptions): Promise<Buffer | undefined> {
  const path = location.caFile ?? env.AWS_CA_BUNDLE;
  if (!path) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new BmcloudError('config', `The file of trusted certificates cannot be read: ${messageOf(error)}`, {
      hint: location.caFile ? 'Check the option "ca" of the location' : 'Check AWS_CA_BUNDLE',
      cause: error,
    });
  }
}

/** Notes the `Date` header of every answer, errors too: next to the wire, before anything is parsed. */
function watchClock(connection: S3Connection): void {
  connection.client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      const store = new Date(headers?.date ?? Number.NaN);
      if (!Number.isNaN(store.getTime())) connection.lastAnswer = { store, local: new Date() };
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'watchClock' },
  );
}

import { BmcloudError, type ErrorCode, isBmcloudError, messageOf, systemCodeOf } from '../errors.ts';
import { interrupted } from '../flow/sleep.ts';

/** What an answer with an error looks like, as far as we rely on it. */
interface Answer {
  name?: string;
  Code?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

interface Meaning {
  code: ErrorCode;
  says: string;
  hint?: string;
  transient?: boolean;
  slowDown?: boolean;
}

const wrongKey: Meaning = {
  code: 'store-denied',
  says: 'does not accept the access key',
  hint: 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile',
};
const denied: Meaning = {
  code: 'store-denied',
  says: 'does not allow this',
  hint: 'The credentials need s3:GetObject, s3:PutObject and s3:ListBucket for this bucket and prefix',
};
const expired: Meaning = {
  code: 'store-denied',
  says: 'says the credentials have expired',
  hint: 'Log in again (for example "aws sso login") and run the same command',
};
const noCredentials: Meaning = {
  code: 'store-denied',
  says: 'cannot be asked: no credentials found',
  hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with ?profile=NAME',
};
const noBucket: Meaning = {
  code: 'no-repository',
  says: 'has no such bucket',
  hint: 'Check the name of the bucket, or create it first',
};
const slow: Meaning = { code: 'store-failed', says: 'asks to slow down', transient: true, slowDown: true };
const troubled: Meaning = { code: 'store-failed', says: 'has a problem of its own', transient: true };
const conflict: Meaning = { code: 'store-failed', says: 'saw another write at once', transient: true };
const full: Meaning = {
  code: 'disk-full',
  says: 'is full',
  hint: 'Free some space, or raise the quota',
};
const skewed: Meaning = {
  code: 'clock-skew',
  says: 'refuses requests because the clocks differ',
  hint: 'Set the clock of this machine (for example with NTP)',
};
const unreachable: Meaning = { code: 'store-unreachable', says: 'cannot be reached', transient: true };
const untrusted: Meaning = {
  code: 'store-unreachable',
  says: 'has a certificate that is not trusted',
  hint: 'Name the file of its certificate authority with ?ca=/path/to/ca.pem',
};
const otherProtocol: Meaning = {
  code: 'store-unreachable',
  says: 'does not speak the expected protocol',
  hint: 'Check the port, and whether it is s3+https:// or s3+http://',
};

/** By the name S3 gives the error, or the SDK. */
const byName: Record<string, Meaning> = {
  InvalidAccessKeyId: wrongKey,
  SignatureDoesNotMatch: wrongKey,
  AuthorizationHeaderMalformed: wrongKey,
  InvalidToken: expired,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  AccessDenied: denied,
  AllAccessDisabled: denied,
  AccountProblem: denied,
  CredentialsProviderError: noCredentials,
  TokenProviderError: expired,
  NoSuchBucket: noBucket,
  RequestTimeTooSkewed: skewed,
  SlowDown: slow,
  SlowDownRead: slow,
  SlowDownWrite: slow,
  TooManyRequests: slow,
  ServiceUnavailable: slow,
  ThrottlingException: slow,
  RequestLimitExceeded: slow,
  InternalError: troubled,
  OperationAborted: conflict,
  ConditionalRequestConflict: conflict,
  // The body did not arrive as it was sent; the same bytes may the next time.
  BadDigest: troubled,
  IncompleteBody: troubled,
  RequestTimeout: { ...unreachable, says: 'waited too long for a request' },
  XAmzContentSHA256Mismatch: troubled,
  XAmzContentChecksumMismatch: troubled,
  QuotaExceeded: full,
  XMinioStorageFull: full,
  XMinioAdminBucketQuotaExceeded: full,
  TimeoutError: { ...unreachable, says: 'does not answer in time' },
};

const byStatus: Record<number, Meaning> = {
  401: denied,
  403: denied,
  408: unreachable,
  409: conflict,
  429: slow,
  500: troubled,
  502: troubled,
  503: slow,
  504: troubled,
  507: full,
};

const certificateCodes =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/;
const networkCodes =
  /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOST\w+|ENET\w+|EADDRNOTAVAIL|ERR_STREAM_PREMATURE_CLOSE)$/;
const protocolCodes = /^(EPROTO|HPE_\w+|ERR_SSL_\w+)$/;

/** Facts for the message of an S3 error. */
export interface S3ErrorContext {
  /** The store's name. */
  store: string;
  key: string;
  /** The clocks at the latest answer. */
  clock: { store: Date; local: Date } | undefined;
  signal?: AbortSignal | undefined;
}

/** The error for what the SDK threw: one line, without secrets. Errors of ours pass unchanged. */
export function s3Error(error: unknown, context: S3ErrorContext): BmcloudError {
  if (isBmcloudError(error)) return error;
  if (context.signal?.aborted) return interrupted(context.signal);
  const meaning = meaningOf(error);
  return new BmcloudError(
    meaning.code,
    `${context.store} ${meaning.says}${detailOf(meaning, error, context)}`,
    {
      ...(meaning.hint && { hint: meaning.hint }),
      transient: meaning.transient ?? false,
      data: factsOf(meaning, error, context),
      cause: error,
    },
  );
}

/** The name S3 gave the error (`NoSuchKey`, …). */
export function s3ErrorName(error: unknown): string {
  const { Code, name } = error as Answer;
  return Code ?? name ?? '';
}

/** The HTTP status of the answer, if there was one. */
export function statusOf(error: unknown): number | undefined {
  return (error as Answer).$metadata?.httpStatusCode;
}

function meaningOf(error: unknown): Meaning {
  const status = statusOf(error);
  const known = byName[s3ErrorName(error)] ?? (status === undefined ? undefined : byStatus[status]);
  return known ?? meaningOfSystemCode(systemCodeOf(error) ?? '') ?? unexpected(status);
}

function meaningOfSystemCode(code: string): Meaning | undefined {
  if (certificateCodes.test(code)) return untrusted;
  if (protocolCodes.test(code)) return otherProtocol;
  return networkCodes.test(code) ? unreachable : undefined;
}

function unexpected(status: number | undefined): Meaning {
  if (status !== undefined && status >= 500 && status !== 501) return troubled;
  return { code: 'store-failed', says: 'gave an answer nobody expects' };
}

function detailOf(meaning: Meaning, error: unknown, { clock }: S3ErrorContext): string {
  if (meaning === noCredentials) return '';
  if (meaning === skewed && clock) {
    return `: there it is ${clock.store.toISOString()}, here ${clock.local.toISOString()}`;
  }
  return `: ${oneLine(error)}`;
}

function oneLine(error: unknown): string {
  const { name = '', message = '' } = error as Answer;
  // An AggregateError (every address of a host refused) has no message of its own.
  const inner = error instanceof AggregateError && !message ? messageOf(error.errors[0]) : message;
  const text = [name === 'Error' || name === 'AggregateError' ? '' : s3ErrorName(error), inner];
  const line = text.filter((part) => part && part !== 'UnknownError').join(', ');
  return line.replace(/\s+/g, ' ').trim().slice(0, 300) || `HTTP status ${statusOf(error)}`;
}

function factsOf(meaning: Meaning, error: unknown, { key, clock }: S3ErrorContext): Record<string, unknown> {
  return {
    key,
    error: s3ErrorName(error),
    status: statusOf(error),
    requestId: (error as Answer).$metadata?.requestId,
    ...(meaning.slowDown && { slowDown: true }),
    ...(meaning === skewed && clock && { store: clock.store, local: clock.local }),
  };
}

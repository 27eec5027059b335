import { BmcloudError } from '../errors.ts';

/** A bucket, or a folder of it, in S3 or in storage that speaks its protocol. */
export interface S3Location {
  kind: 's3';
  bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  prefix: string;
  /** `https://host:port`; absent: AWS. */
  endpoint?: string;
  region?: string;
  /** Bucket in the path instead of the host name. Absent: true when an endpoint is given. */
  pathStyle?: boolean;
  /** Of the shared AWS configuration. */
  profile?: string;
  /** A PEM file with the certificates to trust. */
  caFile?: string;
  /** When requests carry a checksum. Absent: `supported` on AWS; elsewhere `required`, and parts of uploads if the store knows checksums. */
  checksums?: 'supported' | 'required';
}

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
const REGION = /^[A-Za-z0-9-]{1,64}$/;
const HOST = /^([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/;
const UNFIT_FOR_PREFIX = /[\p{Cc}\\?#%]|(^|\/)\.{0,2}(\/|$)/u;
const EXAMPLE = 'For example s3://my-bucket/backups or s3+https://minio.example.net:9000/my-bucket/backups';

/** @throws `usage` */
export function parseS3Location(text: string, scheme: 's3' | 's3+https' | 's3+http'): S3Location {
  const rest = text.slice(scheme.length + 1);
  if (!rest.startsWith('//')) throw unusable(`"${scheme}:" must be followed by "//"`, EXAMPLE);
  const [path, query = ''] = splitOnce(rest.slice(2), '?');
  refuseCredentials(path.split('/', 1)[0]!);
  const [host, bucketAndPrefix] = scheme === 's3' ? [undefined, path] : splitOnce(path, '/');
  const [bucket, prefix = ''] = splitOnce(bucketAndPrefix ?? '', '/');
  return {
    kind: 's3',
    bucket: checkBucket(bucket),
    prefix: checkPrefix(prefix.replace(/^\/+|\/+$/g, '')),
    ...(host !== undefined && { endpoint: endpointOf(scheme, host) }),
    ...parseOptions(query),
  };
}

export function formatS3Location(location: S3Location): string {
  const options = formatOptions(location);
  return s3Name(location) + (options && `?${options}`);
}

/** The location without options, for messages. */
export function s3Name({ endpoint, bucket, prefix }: S3Location): string {
  const start = endpoint === undefined ? 's3://' : `s3+${endpoint}/`;
  return start + bucket + (prefix && `/${prefix}`);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

// The text is shown in messages and process lists, and may stand in configuration files.
function refuseCredentials(authority: string): void {
  if (!authority.includes('@')) return;
  throw unusable(
    'The location must not hold credentials',
    'Put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or into a profile and add ?profile=NAME',
  );
}

function checkBucket(bucket: string): string {
  if (bucket === '') throw unusable('The location names no bucket', EXAMPLE);
  if (BUCKET.test(bucket)) return bucket;
  throw unusable(`${JSON.stringify(bucket)} cannot be the name of a bucket`, EXAMPLE);
}

function checkPrefix(prefix: string): string {
  if (prefix === '' || !UNFIT_FOR_PREFIX.test(prefix)) return prefix;
  throw unusable(
    `${JSON.stringify(prefix)} cannot be a prefix`,
    'Leave out empty parts, "." and "..", and the characters \\ ? # %',
  );
}

function endpointOf(scheme: string, host: string): string {
  const port = Number(/:(\d+)$/.exec(host)?.[1] ?? 1);
  if (HOST.test(host) && port >= 1 && port <= 65_535) return `${scheme.slice(3)}://${host.toLowerCase()}`;
  throw unusable(`${JSON.stringify(host)} is not a host, or host:port`, EXAMPLE);
}

type Options = Pick<S3Location, 'region' | 'pathStyle' | 'profile' | 'caFile' | 'checksums'>;

/** The options a location takes: how each is read and written. */
const options: {
  name: string;
  read: (value: string) => Options;
  write: (o: Options) => string | undefined;
}[] = [
  { name: 'region', read: readRegion, write: (o) => o.region },
  { name: 'path-style', read: readPathStyle, write: (o) => o.pathStyle?.toString() },
  { name: 'profile', read: (profile) => ({ profile }), write: (o) => o.profile },
  { name: 'ca', read: (caFile) => ({ caFile }), write: (o) => o.caFile },
  { name: 'checksums', read: readChecksums, write: (o) => o.checksums },
];

function parseOptions(query: string): Options {
  const found: Options = {};
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const option = options.find((candidate) => candidate.name === name);
    if (!option) throw unusable(`The location has an unknown option ${JSON.stringify(name)}`, knownOptions());
    if (seen.has(name)) throw unusable(`The location has the option "${name}" twice`, knownOptions());
    if (value === '') throw unusable(`The option "${name}" of the location has no value`, knownOptions());
    seen.add(name);
    Object.assign(found, option.read(value));
  }
  return found;
}

function formatOptions(location: Options): string {
  const query = new URLSearchParams();
  for (const { name, write } of options) {
    const value = write(location);
    if (value !== undefined) query.set(name, value);
  }
  return query.toString();
}

function readRegion(region: string): Options {
  if (REGION.test(region)) return { region };
  throw unusable(`${JSON.stringify(region)} is not a region`, 'For example ?region=eu-central-1');
}

function readPathStyle(value: string): Options {
  if (value === 'true' || value === 'false') return { pathStyle: value === 'true' };
  throw unusable('The option "path-style" is true or false', knownOptions());
}

function readChecksums(value: string): Options {
  if (value === 'supported' || value === 'required') return { checksums: value };
  throw unusable('The option "checksums" is supported or required', knownOptions());
}

function knownOptions(): string {
  return `Options are ${options.map(({ name }) => name).join(', ')}, for example ?region=eu-central-1`;
}

function unusable(message: string, hint: string): BmcloudError {
  return new BmcloudError('usage', message, { hint });
}

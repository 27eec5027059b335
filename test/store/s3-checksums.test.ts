import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Transform } from 'node:stream';
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { s3Store } from '../../src/store/s3.ts';
import type { Store } from '../../src/store/store.ts';
import { bytesOf, stream as streamOf } from '../contract/store.ts';
import { type AnsweringServer, answeringServer, refusal, success } from '../fakes/s3-answers.ts';
import { type S3Server, s3Server } from '../fixtures/s3-server.ts';

/*
 * What guards the bytes of a part on their way to the store: its SHA-256 in the signature, or a CRC-32 that the store compares.
 */

const MIB = 1024 * 1024;
const content = bytesOf(12 * MIB, 3);
const pieces = () => streamOf([content.subarray(0, 5_000_000), content.subarray(5_000_000)]);

interface SeenPart {
  number: string;
  signed: boolean;
  compared: boolean;
}

function seenPart(url: string, headers: IncomingHttpHeaders): SeenPart {
  const number = /partNumber=(\d+)/.exec(url)?.[1] ?? '';
  const signed = headers['x-amz-content-sha256'] !== 'UNSIGNED-PAYLOAD';
  return { number, signed, compared: headers['x-amz-checksum-crc32'] !== undefined };
}

describe.each(['minio', 'versitygw'] as const)('%s', (name) => {
  let server: S3Server;
  beforeAll(async () => {
    server = await s3Server(name);
  });

  test.each(['supported', undefined, 'required'] as const)(
    'behind a line that flips a bit, checksums %s',
    async (checksums) => {
      const line = await badLine(server);
      const bucket = await server.bucket('checksums');
      const location = {
        ...server.location(bucket),
        endpoint: line.endpoint,
        ...(checksums && { checksums }),
      };
      const store = await s3Store({ location, env: server.env, backoff: { sleep: async () => {} } });
      await store.putStream('packs/x', pieces());
      expect(Buffer.compare(await store.get('packs/x'), content)).toBe(0);
      await store.close();
      // The part that was refused was sent again; and which of the two guards found it.
      expect(line.parts.map((part) => part.number).sort()).toEqual(['1', '2', '2', '3']);
      const guarded = { signed: checksums === 'required', compared: checksums !== 'required' };
      expect(line.parts).toEqual(line.parts.map(({ number }) => ({ number, ...guarded })));
    },
  );

  test('with a policy against bodies that are not signed', async () => {
    const { endpoint, refused } = await strictLine(server);
    const location = { ...server.location(await server.bucket('signed')), endpoint };
    const store = await s3Store({ location, env: server.env });
    for (const key of ['packs/x', 'packs/y']) {
      await store.putStream(key, pieces());
      expect(Buffer.compare(await store.get(key), content)).toBe(0);
    }
    await store.close();
    expect(refused.length).toBeGreaterThan(0);
  });
});

describe('a store that', () => {
  let server: AnsweringServer;
  let store: Store;
  beforeEach(async () => {
    server = await answeringServer();
    store = await s3Store({
      location: { kind: 's3', endpoint: server.endpoint, bucket: 'bucket', prefix: '' },
      env: { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' },
      backoff: { sleep: async () => {} },
    });
  });
  afterEach(() => server.close());

  const CREATED = '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>';
  const knowsThem = success(CREATED, { 'x-amz-checksum-algorithm': 'CRC32' });
  const part = success('', { etag: '"e"' });
  const completed = success('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>');
  const asked = () => server.requests.map(({ headers }) => headers['x-amz-checksum-algorithm']);
  const partsSeen = () =>
    server.requests
      .filter(({ url }) => url.includes('partNumber'))
      .map(({ url, headers }) => seenPart(url, headers));
  const signed = (number: string) => ({ number, signed: true, compared: true });

  test.each([
    [501, 'NotImplemented'],
    [400, 'InvalidArgument'],
  ])('refuses checksums with %i %s is asked once', async (status, code) => {
    server.script(refusal(status, code), success(CREATED), part, part, part, completed);
    await store.putStream('packs/x', pieces());
    expect(asked().slice(0, 2)).toEqual(['CRC32', undefined]);
    expect(partsSeen().every((one) => one.signed && !one.compared)).toBe(true);
    server.script(success(CREATED), part, part, part, completed);
    await store.putStream('packs/y', pieces());
    expect(asked()[0]).toBeUndefined();
  });

  test('knows nothing of them gets signed parts', async () => {
    server.script(success(CREATED), part, part, part, completed);
    await store.putStream('packs/x', pieces());
    expect(partsSeen().every((one) => one.signed && !one.compared)).toBe(true);
  });

  test.each([
    ['does not compare', part],
    ['compares something else', success('', { etag: '"e"', 'x-amz-checksum-crc32': 'AAAAAA==' })],
    ['knows no bodies that are not signed', refusal(400, 'InvalidRequest')],
    ['has a policy against bodies that are not signed', refusal(403, 'AccessDenied')],
  ])('says that it knows them, but %s, gets its parts once more, signed as well', async (_, answer) => {
    server.script((response, request) => {
      const { signed: isSigned } = seenPart(request.url, request.headers);
      if (request.url.includes('uploads')) knowsThem(response, request);
      else if (!request.url.includes('partNumber')) completed(response, request);
      else (isSigned ? part : answer)(response, request);
    });
    await store.putStream('packs/x', pieces());
    const parts = partsSeen();
    for (const number of ['1', '2', '3']) expect(parts).toContainEqual(signed(number));
    // And all parts of the next upload, at once; of checksums nothing is said any more.
    server.requests.length = 0;
    server.script(success(CREATED), part, part, part, completed);
    await store.putStream('packs/y', pieces());
    expect(asked()[0]).toBeUndefined();
    expect(partsSeen().every((one) => one.signed && !one.compared)).toBe(true);
  });

  test('is out of order is not taken for one that does not know them', async () => {
    const wrong = refusal(400, 'BadDigest');
    const stored: typeof part = (response, request) =>
      success('', { etag: '"e"', 'x-amz-checksum-crc32': String(request.headers['x-amz-checksum-crc32']) })(
        response,
        request,
      );
    server.script(refusal(503, 'SlowDown'), knowsThem, wrong, stored, stored, stored, completed);
    await store.putStream('packs/x', pieces());
    expect(partsSeen().every((one) => !one.signed && one.compared)).toBe(true);
    expect(partsSeen()).toHaveLength(4);
  });
});

/** A proxy that flips a bit of the second part, the first time. */
async function badLine(server: S3Server) {
  const parts: SeenPart[] = [];
  const endpoint = await proxyTo(server, ({ url = '', headers }) => {
    const seen = url.includes('partNumber') ? seenPart(url, headers) : undefined;
    const flips = seen?.number === '2' && !parts.some(({ number }) => number === '2');
    if (seen) parts.push(seen);
    return flips ? flipOneBit() : new PassThrough();
  });
  return { endpoint, parts };
}

/** A proxy that refuses what a bucket's policy can refuse. */
async function strictLine(server: S3Server) {
  const refused: string[] = [];
  const endpoint = await proxyTo(server, ({ url = '', headers }) => {
    if (headers['x-amz-content-sha256'] !== 'UNSIGNED-PAYLOAD') return new PassThrough();
    refused.push(url);
    return undefined;
  });
  return { endpoint, refused };
}

/** Passes requests on, each through the stream that it is given; without one it is refused. Until the test ends. */
async function proxyTo(
  { endpoint }: S3Server,
  streamFor: (incoming: IncomingMessage) => Transform | undefined,
): Promise<string> {
  const to = new URL(endpoint);
  const proxy = createServer((incoming, answer) => {
    const stream = streamFor(incoming);
    const { method = '', url: path = '', headers } = incoming;
    if (stream === undefined) {
      const seen = { method, url: path, headers, body: Buffer.alloc(0) };
      incoming.resume().on('end', () => refusal(403, 'AccessDenied')(answer, seen));
      return;
    }
    const onward = request({ host: to.hostname, port: to.port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode as number, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(stream).pipe(onward);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

function flipOneBit(): Transform {
  let flipped = false;
  return new Transform({
    transform(bytes: Buffer, _, done) {
      if (!flipped) bytes[0] = (bytes[0] as number) ^ 1;
      flipped = true;
      done(null, bytes);
    },
  });
}

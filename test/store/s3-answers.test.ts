import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isBmcloudError } from '../../src/errors.ts';
import { type S3Options, s3Store } from '../../src/store/s3.ts';
import type { Store } from '../../src/store/store.ts';
import { all, bytesOf, keys, stream, text } from '../contract/store.ts';
import {
  type Answer,
  type AnsweringServer,
  answeringServer,
  hangUp,
  listing,
  refusal,
  silence,
  success,
} from '../fakes/s3-answers.ts';

/*
 * Answers that MinIO and versitygw do not give: what other stores, proxies and bad days look like.
 */

const SECRET = 'wJalrXUtnFEMIsecret';
let server: AnsweringServer;
let store: Store;

async function open(options: Partial<S3Options> & { query?: object } = {}): Promise<Store> {
  const { query, ...rest } = options;
  return s3Store({
    location: { kind: 's3', endpoint: server.endpoint, bucket: 'bucket', prefix: 'pre/fix', ...query },
    env: { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: SECRET },
    backoff: { sleep: async () => {} },
    ...rest,
  });
}

// A server for each test: a request that was given up may still arrive, and would take the answer to another.
beforeEach(async () => {
  server = await answeringServer();
  store = await open();
});
afterEach(() => server.close());

describe('errors of S3', () => {
  test.each([
    [403, 'InvalidAccessKeyId', 'store-denied', false],
    [403, 'SignatureDoesNotMatch', 'store-denied', false],
    [403, 'AccessDenied', 'store-denied', false],
    [400, 'ExpiredToken', 'store-denied', false],
    [404, 'NoSuchBucket', 'no-repository', false],
    [404, 'NoSuchKey', 'not-found', false],
    [403, 'RequestTimeTooSkewed', 'clock-skew', false],
    [503, 'SlowDown', 'store-failed', true],
    [429, 'TooManyRequests', 'store-failed', true],
    [500, 'InternalError', 'store-failed', true],
    [502, 'Whatever', 'store-failed', true],
    [400, 'RequestTimeout', 'store-unreachable', true],
    [400, 'BadDigest', 'store-failed', true],
    [501, 'NotImplemented', 'store-failed', false],
    [507, 'XMinioStorageFull', 'disk-full', false],
    [418, 'Teapot', 'store-failed', false],
  ] as const)('%i %s is %s', async (status, name, code, transient) => {
    server.script(refusal(status, name));
    const error = await failureOf(store.get('a'));
    expect(error).toMatchObject({ code, transient });
    expect(error.message).toMatch(/^[^\n]{10,400}$/);
    expect(JSON.stringify([error.message, error.hint, error.data])).not.toContain(SECRET);
    expect(server.requests).toHaveLength(1); // the retry wrapper repeats, and nobody else
  });

  test.each([429, 503])('%i asks to slow down', async (status) => {
    server.script(refusal(status, 'SlowDown'));
    expect((await failureOf(store.put('a', text('x')))).data).toMatchObject({ slowDown: true, status });
  });

  test('errors without a body are understood', async () => {
    server.script(refusal(403, ''));
    expect(await failureOf(store.stat('a'))).toMatchObject({ code: 'store-denied' });
    server.script(refusal(503, ''));
    expect(await failureOf(store.stat('a'))).toMatchObject({ transient: true });
    server.script(refusal(404, ''));
    expect(await store.stat('a')).toBeUndefined();
  });

  test('a clock that is wrong is told with both clocks', async () => {
    const date = 'Fri, 13 Nov 2026 10:00:00 GMT';
    server.script(refusal(403, 'RequestTimeTooSkewed', { headers: { date } }));
    const error = await failureOf(store.get('a'));
    expect(error.message).toContain('there it is 2026-11-13T10:00:00.000Z, here 20');
    expect(error.data.store).toEqual(new Date(date));
    expect(store.clock()?.store).toEqual(new Date(date));
  });

  test('nobody there is store-unreachable', async () => {
    const gone = await answeringServer();
    await gone.close();
    const lost = await open({ query: { endpoint: gone.endpoint } });
    expect(await failureOf(lost.get('a'))).toMatchObject({ code: 'store-unreachable', transient: true });
    const nowhere = await open({ query: { endpoint: 'http://nowhere.invalid' } });
    expect(await failureOf(nowhere.get('a'))).toMatchObject({ code: 'store-unreachable', transient: true });
  });

  test('silence is store-unreachable', async () => {
    const impatient = await open({ idleTimeout: 200 });
    server.script(silence);
    expect(await failureOf(impatient.get('a'))).toMatchObject({ code: 'store-unreachable', transient: true });
  });

  test('a connection that breaks is store-unreachable', async () => {
    server.script(hangUp);
    expect(await failureOf(store.get('a'))).toMatchObject({ code: 'store-unreachable', transient: true });
    server.script((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('short');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await failureOf(store.get('a'))).toMatchObject({ code: 'store-unreachable', transient: true });
  });

  test('https to a server that speaks http is told', async () => {
    const wrong = await open({ query: { endpoint: server.endpoint.replace('http:', 'https:') } });
    expect(await failureOf(wrong.get('a'))).toMatchObject({
      code: 'store-unreachable',
      transient: false,
      hint: expect.stringContaining('s3+http'),
    });
  });

  test('no credentials are told, with what to do', async () => {
    const anonymous = await open({ env: { AWS_PROFILE: 'a-profile-nobody-has' } });
    server.script(success());
    expect(await failureOf(anonymous.get('a'))).toMatchObject({
      code: 'store-denied',
      message: expect.stringContaining('no credentials found'),
      hint: expect.stringContaining('AWS_ACCESS_KEY_ID'),
    });
    expect(server.requests).toHaveLength(0);
  });

  test('of a profile that was named nothing else is taken, and nothing is printed', async () => {
    const printed = vi.spyOn(console, 'warn');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE').stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
    const named = await open({ query: { profile: 'a-profile-nobody-has' } });
    server.script(success());
    expect(await failureOf(named.get('a'))).toMatchObject({
      code: 'store-denied',
      message: expect.stringContaining('The profile "a-profile-nobody-has" gives no credentials'),
    });
    expect(server.requests).toHaveLength(0);
    expect(printed).not.toHaveBeenCalled();
    vi.unstubAllEnvs();
    printed.mockRestore();
  });

  test('a web page is not an S3 answer', async () => {
    server.script(success('<html><body>Welcome to the hotel</body>', { 'content-type': 'text/html' }));
    expect(await failureOf(keys(store, ''))).toMatchObject({ code: 'store-failed' });
  });

  test('a CA file that is missing is told when the store is opened', async () => {
    const opening = open({ query: { endpoint: 'https://localhost:1', caFile: '/no/such/ca.pem' } });
    expect(await failureOf(opening)).toMatchObject({
      code: 'config',
      message: expect.stringContaining(resolve('/no/such/ca.pem')),
    });
  });
});

describe('redirects', () => {
  test('a bucket in another region is asked there, from then on', async () => {
    server.script(
      refusal(301, 'PermanentRedirect', { headers: { 'x-amz-bucket-region': 'eu-central-1' } }),
      success('x', { 'content-length': '1' }),
    );
    expect(await store.get('a')).toEqual(text('x'));
    await store.get('a');
    const regions = server.requests.map(
      ({ headers }) => /\/([a-z0-9-]+)\/s3\//.exec(headers.authorization!)?.[1],
    );
    expect(regions).toEqual(['us-east-1', 'eu-central-1', 'eu-central-1']);
  });

  test('a region named in the error is used', async () => {
    server.script(
      refusal(400, 'AuthorizationHeaderMalformed', { xml: '<Region>garage</Region>' }),
      success('x', { 'content-length': '1' }),
    );
    expect(await store.get('a')).toEqual(text('x'));
    expect(server.requests[1]!.headers.authorization).toContain('/garage/s3/');
  });

  test.each([301, 302, 307, 308])(
    '%i to another host is not followed: credentials stay here',
    async (status) => {
      const other = await answeringServer();
      other.script(success('stolen'));
      server.script(
        refusal(status, 'TemporaryRedirect', {
          headers: { location: `${other.endpoint}/bucket/a` },
          xml: `<Endpoint>${other.endpoint.slice(7)}</Endpoint>`,
        }),
      );
      expect(await failureOf(store.get('a'))).toMatchObject({ code: 'store-failed' });
      expect(other.requests).toHaveLength(0);
      await other.close();
    },
  );
});

describe('writes', () => {
  test('a conditional write says so, and 412 means that something is there', async () => {
    server.script(success());
    expect(await store.putIfAbsent('m', text('x'))).toBe('stored');
    expect(server.requests[0]).toMatchObject({ method: 'PUT', headers: { 'if-none-match': '*' } });
    server.script(refusal(412, 'PreconditionFailed'));
    expect(await store.putIfAbsent('m', text('x'))).toBe('exists');
    server.script(refusal(409, 'ConditionalRequestConflict'));
    expect(await failureOf(store.putIfAbsent('m', text('x')))).toMatchObject({ transient: true });
  });

  test('no checksums are sent to stores that may not know them, unless asked for', async () => {
    server.script(success());
    await store.put('a', text('x'));
    await store.delete('a');
    expect(checksumsOf(server)).toEqual([]);
    await (await open({ query: { checksums: 'supported' } })).put('a', text('x'));
    expect(checksumsOf(server)).toContain('x-amz-checksum-crc32');
    // The signature covers the body all the same.
    expect(server.requests[0]!.headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a short stream is one request', async () => {
    server.script(success());
    await store.putStream('packs/x', stream([bytesOf(1000, 1), bytesOf(1000, 2)]));
    expect(server.requests.map(({ method, url }) => `${method} ${url.split('?')[0]}`)).toEqual([
      'PUT /bucket/pre/fix/packs/x',
    ]);
    expect(server.requests[0]!.body).toHaveLength(2000);
  });

  test('each request of a stream is repeated until it works', async () => {
    const created = success(
      '<InitiateMultipartUploadResult><UploadId>up1</UploadId></InitiateMultipartUploadResult>',
    );
    const completed = success('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>');
    const part = success('', { etag: '"e"' });
    server.script(
      refusal(503, 'SlowDown'),
      created,
      hangUp,
      part,
      refusal(500, 'InternalError'),
      part,
      completed,
    );
    await store.putStream('packs/x', stream([bytesOf(5_000_000, 1), bytesOf(5_000_000, 2)]));
    const parts = server.requests.filter(({ url }) => url.includes('partNumber'));
    expect(parts).toHaveLength(4);
  });

  describe('the answer to the end of an upload in parts is lost, and the upload is not known any more', () => {
    const SIZE = 6_000_000;
    const upload = async (atKey: Answer) => {
      const ends = [hangUp, refusal(404, 'NoSuchUpload')];
      server.script((response, request) => {
        const created =
          '<InitiateMultipartUploadResult><UploadId>up1</UploadId></InitiateMultipartUploadResult>';
        if (request.url.includes('uploads')) success(created)(response, request);
        else if (request.method === 'POST') ends.shift()!(response, request);
        else if (request.method === 'HEAD') atKey(response, request);
        else success('', { etag: '"e"' })(response, request);
      });
      await store.putStream('packs/x', stream([bytesOf(SIZE, 1)]));
    };
    const object = (length: number) => success('', { 'content-length': String(length) });

    test('the object is there: it ended well', async () => {
      await upload(object(SIZE));
      expect(server.requests.some(({ method }) => method === 'DELETE')).toBe(false);
    });

    test.each([
      ['nothing is there', refusal(404, '')],
      ['it may not be asked', refusal(403, '')],
      ['another length is there', object(SIZE - 1)],
    ])('%s: it failed', async (_, atKey) => {
      expect((await failureOf(upload(atKey))).message).toContain('NoSuchUpload');
    });
  });

  test('a stream that fails for good is aborted, once, and sends nothing more', async () => {
    server.script((response, request) => {
      if (request.url.includes('uploads')) {
        success('<InitiateMultipartUploadResult><UploadId>up1</UploadId></InitiateMultipartUploadResult>')(
          response,
          request,
        );
      } else if (request.method === 'DELETE') refusal(403, 'AccessDenied')(response, request);
      else refusal(403, 'QuotaExceeded')(response, request);
    });
    const pieces = Array.from({ length: 100 }, () => bytesOf(1_000_000, 1));
    // The reason is told, and not that the abort failed too.
    expect(await failureOf(store.putStream('packs/x', stream(pieces)))).toMatchObject({ code: 'disk-full' });
    expect(server.requests.filter(({ url }) => url.includes('partNumber')).length).toBeLessThanOrEqual(2);
    expect(server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });
});

describe('reads', () => {
  test('a proxy that ignores ranges does no harm', async () => {
    server.script(success('0123456789', { 'content-length': '10' }));
    expect(await store.get('a', { start: 2, end: 5 })).toEqual(text('234'));
    expect(server.requests[0]!.headers.range).toBe('bytes=2-4');
  });

  test('an answer without a length is read to its end', async () => {
    server.script((response) => {
      response.writeHead(200);
      response.write('01234');
      response.end('56789');
    });
    expect(await store.get('a')).toEqual(text('0123456789'));
  });

  test('an interrupted request ends at once', async () => {
    const stop = new AbortController();
    const interruptible = await open({ signal: stop.signal });
    server.script(silence);
    setTimeout(() => stop.abort(), 20);
    expect(await failureOf(interruptible.get('a'))).toMatchObject({ code: 'interrupted' });
    expect(await failureOf(interruptible.get('a'))).toMatchObject({ code: 'interrupted' });
  });
});

describe('listings that cannot be relied on', () => {
  const page = (from: number, count: number) =>
    Array.from({ length: count }, (_, number) => `pre/fix/k/${String(from + number).padStart(5, '0')}`);

  test('pages are followed', async () => {
    server.script(listing(page(0, 3), 'next'), listing(page(3, 2)));
    expect(await keys(store, 'k/')).toHaveLength(5);
    expect(server.requests[1]!.url).toContain('continuation-token=next');
  });

  test('the same page again', async () => {
    server.script(listing(page(0, 3), 'next'), listing(page(3, 3), 'next'), listing(page(6, 3), 'next'));
    expect(await failureOf(keys(store, 'k/'))).toMatchObject({ code: 'store-failed', transient: false });
    server.script(listing(page(0, 3), 'one'), listing(page(0, 3), 'two'));
    expect(await failureOf(keys(store, 'k/'))).toMatchObject({ code: 'store-failed' });
  });

  test('more, but not where', async () => {
    server.script(listing(page(0, 3), undefined, true));
    expect(await failureOf(keys(store, 'k/'))).toMatchObject({ code: 'store-failed' });
  });

  test('keys out of order', async () => {
    server.script(listing(page(0, 3).reverse()));
    expect(await failureOf(keys(store, 'k/'))).toMatchObject({ code: 'store-failed' });
  });

  test('a full page that claims to be the last', async () => {
    server.script(listing(page(0, 1000)), listing(page(1000, 7)));
    expect(await keys(store, 'k/')).toHaveLength(1007);
    expect(server.requests[1]!.url).toContain(`start-after=${encodeURIComponent('pre/fix/k/00999')}`);
    server.script(listing(page(0, 1000)), listing([]));
    expect(await keys(store, 'k/')).toHaveLength(1000);
    server.script(listing(page(0, 1000))); // a store that does not know StartAfter
    expect(await keys(store, 'k/')).toHaveLength(1000);
  });

  test('asks for no more than is wanted', async () => {
    server.script(listing(page(0, 1), 'next'));
    expect(await all(store.list('k/', { limit: 1 }))).toHaveLength(1);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]!.url).toContain('max-keys=1&');
  });

  test('keys of others are left out', async () => {
    server.script(listing(['pre/fix/', 'pre/fix/a b', 'pre/fix/k', 'pre/fix/tmp/x']));
    expect(await keys(store, '')).toEqual(['k']);
  });

  test('lists of unfinished uploads that go in circles', async () => {
    const uploads = success(
      '<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker></ListMultipartUploadsResult>',
      { date: new Date().toUTCString() },
    );
    server.script(listing([]), uploads);
    expect(await failureOf(store.sweep())).toMatchObject({ code: 'store-failed' });
  });
});

describe('sweeping', () => {
  test('aborts what is ours and older than a day by the clock of the store', async () => {
    const date = 'Fri, 13 Nov 2026 10:00:00 GMT';
    const upload = (key: string, begun: string) =>
      `<Upload><Key>${key}</Key><UploadId>${key}</UploadId><Initiated>${begun}</Initiated></Upload>`;
    server.script(
      (response) => {
        response.sendDate = false;
        response.writeHead(200, { date });
        response.end('<ListBucketResult></ListBucketResult>');
      },
      (response) => {
        response.sendDate = false;
        response.writeHead(200, { date });
        response.end(
          `<ListMultipartUploadsResult>${[
            upload('pre/fix/packs/data/00/old', '2026-11-12T09:59:59.000Z'),
            upload('pre/fix/packs/data/00/new', '2026-11-12T10:00:01.000Z'),
            upload('pre/fix/video.mp4', '2020-01-01T00:00:00.000Z'),
            upload('packs/of-others', '2020-01-01T00:00:00.000Z'),
          ].join('')}</ListMultipartUploadsResult>`,
        );
      },
      (response) => response.writeHead(204).end(),
    );
    expect(await store.sweep()).toBe(1);
    expect(server.requests[1]!.url).not.toContain('prefix=');
    expect(server.requests.slice(2).map(({ method, url }) => `${method} ${url.split('?')[0]}`)).toEqual([
      'DELETE /bucket/pre/fix/packs/data/00/old',
    ]);
  });
});

async function failureOf(promise: Promise<unknown>) {
  const failure = await promise.then(
    () => new Error('nothing failed'),
    (error: unknown) => error,
  );
  if (!isBmcloudError(failure)) throw failure;
  return failure;
}

function checksumsOf({ requests }: AnsweringServer): string[] {
  return requests
    .flatMap(({ headers }) => Object.keys(headers))
    .filter((name) => /checksum|content-md5/.test(name));
}

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatLocation, type Location, parseLocation } from '../../src/store/location.ts';
import { s3Name } from '../../src/store/s3-location.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';

describe('parseLocation', () => {
  test.each<[string, Location]>([
    ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['S3://bucket/', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['s3://my.bucket/a/b c/', { kind: 's3', bucket: 'my.bucket', prefix: 'a/b c' }],
    ['s3+https://host/bucket/x', { kind: 's3', endpoint: 'https://host', bucket: 'bucket', prefix: 'x' }],
    [
      's3+http://127.0.0.1:9000/bucket',
      { kind: 's3', endpoint: 'http://127.0.0.1:9000', bucket: 'bucket', prefix: '' },
    ],
    [
      's3+https://[::1]:9000/bucket',
      { kind: 's3', endpoint: 'https://[::1]:9000', bucket: 'bucket', prefix: '' },
    ],
    [
      's3://bucket/p?region=eu-central-1&path-style=false&profile=work&ca=/etc/ca.pem&checksums=required',
      {
        kind: 's3',
        bucket: 'bucket',
        prefix: 'p',
        region: 'eu-central-1',
        pathStyle: false,
        profile: 'work',
        caFile: '/etc/ca.pem',
        checksums: 'required',
      },
    ],
    ['/var/backups', { kind: 'directory', path: resolve('/var/backups') }],
    [pathToFileURL('/var/back ups').href, { kind: 'directory', path: resolve('/var/back ups') }],
    ['./rel', { kind: 'directory', path: resolve('rel') }],
    ['a:b', { kind: 'directory', path: resolve('a:b') }],
    ['host:dir', { kind: 'directory', path: resolve('host:dir') }],
    ['C:\\Backups', { kind: 'directory', path: resolve('C:\\Backups') }],
  ])('reads %s', (text, location) => {
    expect(parseLocation(text)).toEqual(location);
  });

  test.each([
    '',
    '  ',
    's3:bucket',
    's3://',
    's3:///prefix',
    's3://b',
    's3://bu cket/x',
    's3://bucket/a//b',
    's3://bucket/../b',
    's3://bucket/a/.',
    's3://bucket/a%20b',
    's3://bucket/a\\b',
    's3+https://host',
    's3+https:///bucket',
    's3+https://ho st/bucket',
    's3+https://host:99999/bucket',
    's3://bucket?region=',
    's3://bucket?region=a b',
    's3://bucket?regoin=eu',
    's3://bucket?region=a&region=b',
    's3://bucket?path-style=yes',
    's3://bucket?checksums=never',
    'https://host/bucket',
    'sftp://host/dir',
    ...(isWindows ? [] : ['file://host/dir']), // there, a share of a server
    'file:///dir?x=y',
    'a\0b',
  ])('refuses %j in one clear line', (text) => {
    expect(() => parseLocation(text)).toThrowError(
      expect.objectContaining({
        code: 'usage',
        message: expect.not.stringContaining('\n'),
        hint: expect.any(String),
      }),
    );
  });

  test.each([
    's3://AKIA123:hunter2@bucket/x',
    's3+https://AKIA123:hunter2@host/bucket',
    's3://hunter2@bucket',
  ])('refuses credentials and does not repeat them: %s', (text) => {
    expect(() => parseLocation(text)).toThrowError(
      expect.objectContaining({ code: 'usage', message: expect.not.stringMatching(/hunter2|AKIA/) }),
    );
  });

  test('reads back what formatLocation writes', () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]$/);
    const part = fc.stringMatching(/^[A-Za-z0-9 =+&@:_~é-]{1,12}$/);
    const options = {
      endpoint: fc.constantFrom('https://minio.example.net:9000', 'http://127.0.0.1:80', 'https://[::1]'),
      region: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
      pathStyle: fc.boolean(),
      profile: fc.stringMatching(/^[ -~]{1,20}$/),
      caFile: fc.stringMatching(/^\/[ -~]{1,20}$/),
      checksums: fc.constantFrom('supported' as const, 'required' as const),
    };
    const prefix = fc.array(part, { maxLength: 3 }).map((parts) => parts.join('/'));
    const location = fc.record(
      { kind: fc.constant('s3' as const), bucket: name, prefix, ...options },
      { requiredKeys: ['kind', 'bucket', 'prefix'] },
    );
    fc.assert(
      fc.property(location, (given) => {
        expect(parseLocation(formatLocation(given))).toEqual(given);
      }),
    );
    const directory = { kind: 'directory' as const, path: resolve('/a b?c#d%') };
    expect(parseLocation(formatLocation(directory))).toEqual(directory);
  });

  test.skipIf(lacks('windows'))('shares of servers, and paths of any length, are directories', () => {
    for (const path of ['\\\\server\\share\\backup', '\\\\?\\C:\\backup'])
      expect(parseLocation(path)).toEqual({ kind: 'directory', path });
    expect(parseLocation('file://server/share/x')).toMatchObject({ path: '\\\\server\\share\\x' });
  });

  test('names for messages carry no options', () => {
    expect(s3Name({ kind: 's3', bucket: 'b', prefix: 'p/q', region: 'x', endpoint: 'http://h:1' })).toBe(
      's3+http://h:1/b/p/q',
    );
  });
});

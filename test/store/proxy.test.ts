import { expect, test } from 'vitest';
import { proxyFor } from '../../src/store/proxy.ts';

const proxy = 'http://proxy:3128';
const url = 'https://bucket.s3.eu-west-1.amazonaws.com';

test.each([
  ['nothing is set', {}, undefined],
  ['the scheme has one', { HTTPS_PROXY: proxy, HTTP_PROXY: 'http://other' }, proxy],
  ['another scheme has one', { HTTP_PROXY: proxy }, undefined],
  ['there is one for all', { ALL_PROXY: proxy }, proxy],
  ['lower case goes first', { https_proxy: proxy, HTTPS_PROXY: 'http://other' }, proxy],
  ['an empty variable is none', { https_proxy: '', HTTPS_PROXY: proxy }, proxy],
  ['it has no scheme of its own', { HTTPS_PROXY: 'proxy:3128' }, proxy],
])('%s', (_, env, expected) => {
  expect(proxyFor(url, env)).toBe(expected);
});

test.each([
  ['*', url],
  ['bucket.s3.eu-west-1.amazonaws.com', url],
  ['localhost, AmazonAWS.com', url],
  ['.amazonaws.com', url],
  ['*.amazonaws.com', url],
  ['amazonaws.com:443', url],
  ['127.0.0.1', 'https://127.0.0.1:9000'],
  ['127.0.0.1:9000', 'https://127.0.0.1:9000'],
  ['::1', 'https://[::1]:9000'],
  ['[::1]:9000', 'https://[::1]:9000'],
])('NO_PROXY=%s goes past it for %s', (NO_PROXY, address) => {
  expect(proxyFor(address, { HTTPS_PROXY: proxy, NO_PROXY })).toBeUndefined();
});

test.each(['azonaws.com', 'amazonaws.com:9000', 'other.bucket.s3.eu-west-1.amazonaws.com', ' , '])(
  'NO_PROXY=%s does not',
  (NO_PROXY) => {
    expect(proxyFor(url, { HTTPS_PROXY: proxy, NO_PROXY })).toBe(proxy);
  },
);

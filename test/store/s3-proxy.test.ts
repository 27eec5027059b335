import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { s3Store } from '../../src/store/s3.ts';
import { type S3Server, s3Server } from '../fixtures/s3-server.ts';

/*
 * HTTP_PROXY and NO_PROXY, which the SDK ignores, are obeyed: a proxy between us and a real server tells what came through it.
 */

let proxy: Server;
let seen: string[];
let server: S3Server;
let address: string;

beforeEach(async () => {
  seen = [];
  proxy = createServer((incoming, answer) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    const { method, headers } = incoming;
    const onward = request(incoming.url as string, { method: method as string, headers }, (response) => {
      answer.writeHead(response.statusCode as number, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(onward);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  server = await s3Server('minio');
});
afterEach(() => {
  proxy.close();
  proxy.closeAllConnections();
});

async function roundTrip(env: Record<string, string>): Promise<void> {
  const bucket = await server.bucket('proxy');
  const store = await s3Store({ location: server.location(bucket), env: { ...server.env, ...env } });
  await store.put('key', Buffer.from('through'));
  expect(Buffer.from(await store.get('key')).toString()).toBe('through');
  await store.close();
}

test('HTTP_PROXY is gone through', async () => {
  await roundTrip({ HTTP_PROXY: address });
  expect(seen.some((line) => line.startsWith(`PUT ${server.endpoint}/`))).toBe(true);
  expect(seen.some((line) => line.startsWith(`GET ${server.endpoint}/`))).toBe(true);
});

test('NO_PROXY goes past it', async () => {
  await roundTrip({ HTTP_PROXY: address, NO_PROXY: new URL(server.endpoint).hostname });
  expect(seen).toEqual([]);
});

import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBody } from '../../src/store/s3-read.ts';
import { bytesOf } from '../contract/store.ts';

const content = bytesOf(3_000_000, 7);
let server: Server;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
beforeAll(async () => {
  server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.end(content);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(() => {
  agent.destroy();
  server.close();
});

test('what was read from the socket is given back at once, one answer after the other', async () => {
  for (let n = 0; n < 3; n++) {
    const answer = await ask();
    const read: ArrayBufferLike[] = [];
    const note = ({ buffer }: Uint8Array) => read.push(buffer);
    const { socket } = answer;
    socket.on('data', note);
    const length = content.length;
    expect(Buffer.compare(await readBody(answerOf(answer, length), 'a', 'store'), content)).toBe(0);
    socket.off('data', note);
    const large = read.filter((buffer) => (buffer as ArrayBuffer).detached);
    expect(large.length).toBeGreaterThan(read.length / 2);
    expect(socket.listenerCount('data')).toBeLessThanOrEqual(1);
  }
});

function answerOf(body: IncomingMessage, length: number): GetObjectCommandOutput {
  return { Body: body as unknown as GetObjectCommandOutput['Body'], ContentLength: length, $metadata: {} };
}

function ask(): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent }, resolve).on('error', reject);
  });
}

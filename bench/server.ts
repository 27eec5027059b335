import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { StorePlace } from './peers/peer.ts';

/** A MinIO of our own. */
export interface BenchServer {
  place: StorePlace & { kind: 's3' };
  stop(): Promise<void>;
}

const ACCESS = { accessKey: 'benchbench', secretKey: 'benchbench-secret' };
const BUCKET = 'bench';

/** @param latency milliseconds that every answer takes longer */
export async function startServer(directory: string, latency: number): Promise<BenchServer> {
  // MinIO takes a directory below its root for a bucket.
  mkdirSync(`${directory}/${BUCKET}`, { recursive: true });
  const port = await freePort();
  const program = process.env.BENCH_MINIO ?? findMinio();
  const child = spawn(program, ['server', '--quiet', '--address', `127.0.0.1:${port}`, directory], {
    stdio: 'ignore',
    env: { ...process.env, MINIO_ROOT_USER: ACCESS.accessKey, MINIO_ROOT_PASSWORD: ACCESS.secretKey },
  });
  await isReady(port);
  const proxy = latency > 0 ? await delaying(port, latency) : undefined;
  const shown = proxy ? (proxy.address() as AddressInfo).port : port;
  return {
    place: { kind: 's3', endpoint: `http://127.0.0.1:${shown}`, bucket: BUCKET, ...ACCESS },
    stop: async () => {
      proxy?.close();
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

function findMinio(): string {
  const home = execFileSync('go', ['env', 'GOPATH'], { encoding: 'utf8' }).trim();
  return `${home}/bin/minio`;
}

async function isReady(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/minio/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(50);
  }
  throw new Error(
    'MinIO does not start: name it by BENCH_MINIO, or "go install github.com/minio/minio@latest"',
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A line to the server on which everything takes half of `latency` longer in each direction. */
async function delaying(port: number, latency: number): Promise<Server> {
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    later(client, server, latency / 2);
    later(server, client, latency / 2);
  });
  await listening(proxy);
  return proxy;
}

function later(from: Socket, to: Socket, delay: number): void {
  from.setNoDelay(true);
  from.on('data', (bytes) => void setTimeout(() => to.write(bytes), delay));
  from.on('end', () => void setTimeout(() => to.end(), delay));
  from.on('error', () => to.destroy());
  from.on('close', () => void setTimeout(() => to.destroy(), delay * 2));
}

import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { findServer } from '../test/fixtures/s3-binaries.ts';
import { undoLater } from './cleanup.ts';
import type { Wire } from './measure.ts';
import type { StorePlace } from './peers/peer.ts';
import { freePort, slowLine } from './proxy.ts';

/** A MinIO of our own. */
export interface BenchServer {
  place: StorePlace & { kind: 's3' };
  /** All that it has seen so far. */
  wire(): Promise<Wire>;
  stop(): Promise<void>;
}

const ACCESS = { accessKey: 'benchbench', secretKey: 'benchbench-secret' };
export const BUCKET = 'bench';

/** @param latency milliseconds that every answer takes longer */
export async function startServer(directory: string, latency: number): Promise<BenchServer> {
  // MinIO takes a directory below its root for a bucket.
  mkdirSync(`${directory}/${BUCKET}`, { recursive: true });
  const port = await freePort();
  const program = process.env.BENCH_MINIO ?? (await findServer('minio'));
  const env = {
    ...process.env,
    MINIO_ROOT_USER: ACCESS.accessKey,
    MINIO_ROOT_PASSWORD: ACCESS.secretKey,
    MINIO_PROMETHEUS_AUTH_TYPE: 'public',
  };
  const args = ['server', '--quiet', '--address', `127.0.0.1:${port}`, directory];
  const child = spawn(program, args, { stdio: 'ignore', env });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.on('error', () => {}); // told by what waits for it
  const kill = undoLater(() => child.kill());
  await isReady(port);
  const line = latency > 0 ? await slowLine(port, latency) : undefined;
  return {
    place: { kind: 's3', endpoint: `http://127.0.0.1:${line?.port ?? port}`, bucket: BUCKET, ...ACCESS },
    wire: () => wireOf(port),
    stop: async () => {
      line?.close();
      kill();
      await ended;
    },
  };
}

async function isReady(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/minio/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(50);
  }
  throw new Error('MinIO does not answer: BENCH_MINIO may name another one');
}

/** From the server's own counters, so that nothing stands between it and who is measured. */
async function wireOf(port: number): Promise<Wire> {
  const answer = await fetch(`http://127.0.0.1:${port}/minio/metrics/v3/api/requests`);
  const text = await answer.text();
  const sum = (name: string) => {
    const counters = text.matchAll(new RegExp(`^minio_api_requests_${name}\\{.*\\} (\\S+)$`, 'gm'));
    return [...counters].reduce((total, [, value]) => total + Number(value), 0);
  };
  return { requests: sum('total'), sent: sum('traffic_received_bytes'), received: sum('traffic_sent_bytes') };
}

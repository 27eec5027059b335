import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Gauge } from 'prom-client';
import { BmcloudError, messageOf } from '../errors.ts';
import type { JobHealth, WatchHealth } from '../index.ts';
import { usage } from './failure.ts';

/** How a watch fares, for Prometheus. */
export interface Metrics {
  /** Where they are. */
  readonly url: string;
  close(): Promise<void>;
}

export interface MetricsAddress {
  host: string;
  port: number;
}

/** `127.0.0.1:9100`, `[::1]:9100`, or the port alone, on this computer only. @throws `usage` */
export function parseMetricsAddress(text: string): MetricsAddress {
  const match = /^(?:(?:\[([\da-f:]+)\]|([^:[\]]+)):)?(\d{1,5})$/i.exec(text);
  const port = match ? Number(match[3]) : Number.NaN;
  if (match && port <= 65_535) return { host: match[1] ?? match[2] ?? '127.0.0.1', port };
  throw usage(`--metrics: "${text}" is not an address`, 'Write for example --metrics 127.0.0.1:9100');
}

const gauges: [name: string, help: string, value: (job: JobHealth) => number][] = [
  ['last_check_timestamp_seconds', 'When the last check began', (job) => seconds(job.lastCheck)],
  ['last_success_timestamp_seconds', 'When a check last went well', (job) => seconds(job.lastSuccess)],
  ['last_push_timestamp_seconds', 'When the job was last pushed', (job) => seconds(job.lastPush)],
  ['last_push_changes', 'Paths new, changed or deleted in the last push', (job) => job.changes ?? 0],
  ['failing', '1 while the last check failed', (job) => (job.error ? 1 : 0)],
  ['checks', 'Checks since the watch began', (job) => job.checks],
  ['pushes', 'Pushes since the watch began', (job) => job.pushes],
  ['failures', 'Checks that failed since the watch began', (job) => job.failures],
];

function seconds(time: string | undefined): number {
  return time === undefined ? 0 : Date.parse(time) / 1000;
}

/** Serves metrics on `/metrics` until it is closed. @throws `config` where the address cannot be had */
export async function serveMetrics(address: MetricsAddress, health: () => WatchHealth): Promise<Metrics> {
  const text = await metricsOf(health);
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') return void response.writeHead(404).end();
    text().then(
      ({ type, body }) => response.writeHead(200, { 'content-type': type }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(noAddress(address, error)));
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return {
    url: `http://${host}:${port}/metrics`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function noAddress({ host, port }: MetricsAddress, error: Error): BmcloudError {
  return new BmcloudError('config', `--metrics: ${host}:${port} cannot be had: ${messageOf(error)}`, {
    hint: 'Choose another port',
    cause: error,
  });
}

async function metricsOf(health: () => WatchHealth): Promise<() => Promise<{ type: string; body: string }>> {
  const { Gauge, Registry } = await import('prom-client'); // only who wants metrics waits for it
  const registry = new Registry();
  const made = gauges.map(([name, help, value]): [Gauge, (job: JobHealth) => number] => [
    new Gauge({ name: `bmcloud_watch_${name}`, help, labelNames: ['job'], registers: [registry] }),
    value,
  ]);
  return async () => {
    for (const [gauge, value] of made) {
      gauge.reset();
      for (const job of health().jobs) gauge.set({ job: job.name }, value(job));
    }
    return { type: registry.contentType, body: await registry.metrics() };
  };
}

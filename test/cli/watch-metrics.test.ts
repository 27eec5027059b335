import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { parseMetricsAddress, serveMetrics } from '../../src/cli/watch-metrics.ts';
import { newHealth } from '../../src/watch-health.ts';

/** Not by `fetch`: under Wine it cannot connect. */
async function fetched(url: string): Promise<{ status: number | undefined; body: string }> {
  const [answer] = (await once(get(url), 'response')) as [IncomingMessage];
  return { status: answer.statusCode, body: await text(answer) };
}

test('metrics tell how each job fares at the moment they are asked for', async () => {
  const health = newHealth(['docs', 'a "b"'], 1000, new Date());
  const metrics = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => health);
  try {
    health.jobs[0]!.checks = 5;
    health.jobs[0]!.lastPush = new Date(1_700_000_000_000).toISOString();
    const { body } = await fetched(metrics.url);
    expect(body).toContain('bmcloud_watch_checks{job="docs"} 5\n');
    expect(body).toContain('bmcloud_watch_last_push_timestamp_seconds{job="docs"} 1700000000\n');
    expect(body).toContain('bmcloud_watch_failing{job="a \\"b\\""} 0\n');
    health.jobs = [];
    expect((await fetched(metrics.url)).body).not.toContain('job=');
    expect((await fetched(metrics.url.replace('/metrics', '/'))).status).toBe(404);
  } finally {
    await metrics.close();
  }
});

test('an address that somebody else has is an error of the configuration', async () => {
  const health = () => newHealth([], 1000, new Date());
  const first = await serveMetrics({ host: '127.0.0.1', port: 0 }, health);
  const port = Number(new URL(first.url).port);
  await expect(serveMetrics({ host: '127.0.0.1', port }, health)).rejects.toMatchObject({ code: 'config' });
  await first.close();
});

test.each([
  ['9100', { host: '127.0.0.1', port: 9100 }],
  ['0.0.0.0:9100', { host: '0.0.0.0', port: 9100 }],
  ['[::1]:9100', { host: '::1', port: 9100 }],
])('%s is an address', (words, address) => expect(parseMetricsAddress(words)).toEqual(address));

test.each(['', 'host', '1:2:3', '70000', ':9100'])('"%s" is none', (words) => {
  expect(() => parseMetricsAddress(words)).toThrow('is not an address');
});

import { usage } from './failure.ts';

const scales: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * Bytes from `500`, `10K`, `1.5M`, `2GiB`; K, M, G, T are powers of 1024.
 * @throws `usage`
 */
export function parseBytes(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?(?:\/s)?$/i.exec(text.trim());
  const bytes = match ? Math.round(Number(match[1]) * scales[match[2]!.toLowerCase()]!) : 0;
  if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  throw usage(`${what}: "${text}" is not an amount of bytes`, 'Write for example 500K, 10M or 1.5G');
}

const spans: Record<string, number> = { ms: 1, s: 1000, '': 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const LEAST_READ = 4096;
const MOST_READ = 64 * 1024 * 1024;

/**
 * Bytes that are read at a time, from `4K` to `64M`.
 * @throws `usage`
 */
export function parseReadSize(text: string, what: string): number {
  const bytes = parseBytes(text, what);
  if (bytes >= LEAST_READ && bytes <= MOST_READ) return bytes;
  throw usage(`${what}: "${text}" is not from 4K to 64M`);
}

/** Timers count no further. */
const LONGEST_SPAN = 2 ** 31 - 1;

/**
 * Milliseconds from `500ms`, `1.5s`, `2` (seconds), `10m`, `1h`; may be 0, and at most 24 days.
 * @throws `usage`
 */
export function parseSpan(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|)$/i.exec(text.trim());
  const span = match ? Math.round(Number(match[1]) * spans[match[2]!.toLowerCase()]!) : Number.NaN;
  if (span <= LONGEST_SPAN) return span;
  throw usage(`${what}: "${text}" is not a span of time`, 'Write for example 500ms, 1s or 10m; at most 24d');
}

/**
 * A percentage from `10%` or `10`: more than 0, at most 100.
 * @throws `usage`
 */
export function parsePercent(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim());
  const percent = match ? Number(match[1]) : 0;
  if (percent > 0 && percent <= 100) return percent;
  throw usage(`${what}: "${text}" is not a percentage`, 'Write for example 10%');
}

/**
 * A whole number within bounds.
 * @throws `usage`
 */
export function parseWhole(text: string, what: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usage(`${what}: "${text}" is not a whole number from ${least} to ${most}`);
}

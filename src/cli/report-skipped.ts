import type { LockOwner, SkippedInfo } from '../index.ts';
import { formatCount, plural } from './format.ts';
import type { Style } from './style.ts';

const SHOWN = 10;

/**
 * The first skipped paths: why, who holds them, and what to do; each with a newline.
 * @param count of all that were skipped
 * @param log the file that names `skipped`
 */
export function skippedLines(skipped: SkippedInfo[], count: number, style: Style, log?: string): string {
  const lines = skipped
    .slice(0, SHOWN)
    .flatMap((one) => [
      `${style.yellow('Skipped')} ${one.path}: ${reasonOf(one)}`,
      ...hintOf(one).map((hint) => `  ${hint}`),
    ]);
  const hidden = count - SHOWN;
  const named = count === skipped.length ? 'them all' : `the first ${formatCount(skipped.length)}`;
  const where = log === undefined ? '' : `: ${log} names ${named}`;
  if (hidden > 0) lines.push(`… and ${plural(hidden, 'more path')} skipped${where}`);
  return lines.map((line) => `${line}\n`).join('');
}

function reasonOf({ reason, owners = [], attempts = 1 }: SkippedInfo): string {
  const held = owners.length > 0 ? `, held by ${owners.map(ownerName).join(', ')}` : '';
  return `${reason}${held}${attempts > 1 ? ` (${attempts} attempts)` : ''}`;
}

export function ownerName({ program, pid, user, service }: LockOwner): string {
  const more = [`pid ${pid}`, service && `service ${service}`, user].filter(Boolean);
  return `${program} (${more.join(', ')})`;
}

/** What would help, in one sentence; nothing where nothing is known. */
export function hintOf({ code, owners = [], noShadow }: SkippedInfo): string[] {
  if (code === 'EACCES' || code === 'EPERM')
    return ['Give the user who runs the backup the right to read it'];
  const close = owners.map(({ program, pid }) => `close ${program} (pid ${pid})`);
  const isAllowed = noShadow !== undefined && /elevat|root|administrator/i.test(noShadow);
  if (isAllowed) close.push('run elevated to let bmcloud use a snapshot');
  const hints = close.length > 0 ? [capital(close.join(', or '))] : [];
  if (noShadow !== undefined && !isAllowed) hints.push(`No snapshot of its volume: ${noShadow}`);
  return hints;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

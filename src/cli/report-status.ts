import type { StatusResult } from '../index.ts';
import { formatBytes, formatCount, plural } from './format.ts';
import { differenceLine } from './report-entries.ts';
import type { Style } from './style.ts';
import { renderFacts } from './table.ts';

/** What `status` tells: the first changes, then how many there are. */
export function statusReport(result: StatusResult, style: Style): string {
  const lines = result.changes.map((change) => `${differenceLine(change, style)}\n`).join('');
  const total = result.new + result.changed + result.deleted;
  const hidden = total - result.changes.length;
  const more = hidden > 0 ? `… and ${plural(hidden, 'more change')}\n` : '';
  const facts = renderFacts([
    ['New', `${formatCount(result.new)} (${formatBytes(result.newBytes)})`],
    ['Changed', `${formatCount(result.changed)} (${formatBytes(result.changedBytes)})`],
    ['Deleted', formatCount(result.deleted)],
    ['Unchanged', formatCount(result.unchanged)],
    ...heldFacts(result),
  ]);
  return `${lines}${more}${total === 0 ? 'Nothing changed since the last snapshot\n' : ''}${facts}`;
}

const HELD_SHOWN = 10;
const endings = {
  read: 'was free at the end of the push',
  shadow: 'was read from a snapshot of its volume',
  skipped: 'was skipped',
};

/** What earlier pushes learned of files that other programs hold. */
function heldFacts({ oftenHeld }: StatusResult): [string, string][] {
  const facts = oftenHeld
    .slice(0, HELD_SHOWN)
    .map(({ path, held, ended }): [string, string] => [
      'Often held',
      `${path}: in ${plural(held, 'push', 'pushes')}; ${endings[ended]}`,
    ]);
  const more = oftenHeld.length - facts.length;
  return more > 0 ? [...facts, ['', `… and ${plural(more, 'more file')}`]] : facts;
}

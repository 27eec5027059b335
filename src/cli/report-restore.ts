import type { RestorePreview, RestoreResult } from '../index.ts';
import { exitCodes } from './exit-codes.ts';
import { formatBytes, formatCount, plural } from './format.ts';
import { snapshotName } from './report-push.ts';
import type { Style } from './style.ts';
import { renderFacts } from './table.ts';

export function exitOfRestore(result: Pick<RestoreResult, 'failed'>): number {
  return result.failed.length > 0 ? exitCodes.incomplete : exitCodes.done;
}

const SHOWN = 20;

/** What will be lost, before it is asked for. */
export function previewReport(plan: RestorePreview): string {
  const { replaced, deleted } = plan;
  // Rules are no part of a snapshot: what they left out looks like what was made since.
  const why = 'The snapshot does not have them: made since then, or left out of it by rules\n';
  return (
    listing('Will be replaced', replaced) +
    listing('Will be deleted', deleted) +
    (deleted.count > 0 ? why : '')
  );
}

function listing(title: string, { count, first }: { count: number; first: string[] }): string {
  if (count === 0) return '';
  const shown = first.slice(0, SHOWN);
  const more = count > shown.length ? `  … and ${formatCount(count - shown.length)} more\n` : '';
  return `${title}: ${plural(count, 'path')}\n${shown.map((path) => `  ${path}\n`).join('')}${more}`;
}

/** What a restore tells when it is done. */
export function restoreReport(result: RestoreResult, dryRun: boolean, style: Style): string {
  const word = dryRun ? style.bold('Would restore') : style.green('Restored');
  const where = result.target === '' ? '' : ` to ${result.target}`;
  return `${word} ${snapshotName(result.snapshot)}${where}\n${renderFacts(restoreFacts(result))}`;
}

function restoreFacts(result: RestoreResult): [string, string][] {
  const { files, directories, links, failed } = result;
  const facts: [string, string][] = [
    [
      'Written',
      `${plural(files, 'file')}, ${plural(directories, 'directory', 'directories')}, ${plural(links, 'link')}, ${formatBytes(result.bytes)}`,
    ],
    ['Fetched', formatBytes(result.fetched)],
  ];
  if (result.reused > 0) facts.push(['Reused', `${formatBytes(result.reused)} that were there already`]);
  if (result.unchanged > 0) facts.push(['Unchanged', plural(result.unchanged, 'file')]);
  if (result.deleted > 0) facts.push(['Deleted', plural(result.deleted, 'path')]);
  if (result.verified !== undefined) facts.push(['Verified', plural(result.verified, 'file')]);
  if (failed.length > 0) facts.push(['Failed', plural(failed.length, 'path')]);
  return facts;
}

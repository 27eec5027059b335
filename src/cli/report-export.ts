import type { ExportResult } from '../index.ts';
import { exitCodes } from './exit-codes.ts';
import { formatBytes, plural } from './format.ts';
import { snapshotName } from './report-push.ts';
import type { Style } from './style.ts';
import { renderFacts } from './table.ts';

/** 3 when the archive lacks something it should have. */
export function exitOfExport({ failed }: Pick<ExportResult, 'failed'>): number {
  return failed.length > 0 ? exitCodes.incomplete : exitCodes.done;
}

/** What an export tells when it is done. @param what was exported, for people */
export function exportReport(result: ExportResult, what: string, output: string, style: Style): string {
  const name = result.snapshot ? snapshotName(result.snapshot) : what;
  const where = output === '-' ? '' : ` to ${output}`;
  return `${style.green('Exported')} ${name}${where}\n${renderFacts(exportFacts(result))}`;
}

function exportFacts(result: ExportResult): [string, string][] {
  const { files, directories, links, specials, leftOut, changed, failed } = result;
  const contains = [
    plural(files, 'file'),
    plural(directories, 'directory', 'directories'),
    plural(links, 'link'),
    ...(specials > 0 ? [plural(specials, 'special file')] : []),
    formatBytes(result.bytes),
  ];
  const facts: [string, string][] = [
    ['Contains', contains.join(', ')],
    ['Archive', `${formatBytes(result.archiveBytes)} (${result.format})`],
  ];
  if (leftOut > 0) facts.push(['Left out', `${plural(leftOut, 'path')} that cannot be in it`]);
  if (changed > 0) facts.push(['Changed', `${plural(changed, 'file')} while being read`]);
  if (failed.length > 0) facts.push(['Failed', `${plural(failed.length, 'path')}, not in the archive`]);
  return facts;
}

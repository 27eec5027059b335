import type { ImportResult } from '../index.ts';
import { exitCodes } from './exit-codes.ts';
import { formatBytes, plural } from './format.ts';
import type { Style } from './style.ts';
import { renderFacts } from './table.ts';

/** 3 when something of the archive was not unpacked. */
export function exitOfImport({ failed }: Pick<ImportResult, 'failed'>): number {
  return failed.length > 0 ? exitCodes.incomplete : exitCodes.done;
}

/** What an import tells when it is done. */
export function importReport(result: ImportResult, style: Style): string {
  const { files, directories, links, bytes, unchanged, failed } = result;
  const written = [
    plural(files, 'file'),
    plural(directories, 'directory', 'directories'),
    plural(links, 'link'),
    formatBytes(bytes),
  ];
  const facts: [string, string][] = [['Written', written.join(', ')]];
  if (unchanged > 0) facts.push(['Unchanged', `${plural(unchanged, 'file')} that were there already`]);
  if (failed.length > 0) facts.push(['Failed', `${plural(failed.length, 'path')}, not unpacked`]);
  return `${style.green('Unpacked')} ${result.archive} to ${result.target}\n${renderFacts(facts)}`;
}

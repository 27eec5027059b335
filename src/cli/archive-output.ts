import path from 'node:path';
import { BmcloudError } from '../errors.ts';
import type { ArchiveFormat, ArchiveTarget } from '../index.ts';
import type { OutputMode } from './arguments.ts';
import type { Environment, Screen } from './environment.ts';
import { usage } from './failure.ts';
import { parseWhole } from './quantities.ts';

export const archiveFormats = ['zip', 'tar', 'tar.zst'] as const;

/** The format that was named, or that the file's name ends with. @throws `usage` */
export function formatOf(named: ArchiveFormat | undefined, output: string): ArchiveFormat {
  if (named) return named;
  const name = output.toLowerCase();
  if (name.endsWith('.zip')) return 'zip';
  if (name.endsWith('.tar')) return 'tar';
  if (name.endsWith('.tar.zst') || name.endsWith('.tzst')) return 'tar.zst';
  throw usage(
    `Which kind of archive "${output}" should be is not clear`,
    'Give --format zip, tar or tar.zst',
  );
}

const levels: Record<ArchiveFormat, [least: number, most: number] | undefined> = {
  zip: [0, 9],
  tar: undefined,
  'tar.zst': [1, 19],
};

/** @throws `usage` */
export function levelOf(text: string | undefined, format: ArchiveFormat): { level?: number } {
  if (text === undefined) return {};
  const range = levels[format];
  if (!range) throw usage('A tar is not compressed: --level means nothing there', 'Use --format tar.zst');
  return { level: parseWhole(text, '--level', ...range) };
}

/** Where the archive goes. @throws `usage` for a terminal, or where the result is printed, too */
export function targetOf(
  output: string,
  overwrite: boolean,
  { cwd, stdout }: Pick<Environment, 'cwd' | 'stdout'>,
  mode: OutputMode,
): ArchiveTarget {
  if (output !== '-') return { file: path.resolve(cwd, output), overwrite };
  if (stdout.interactive)
    throw usage('An archive is not for a terminal', 'Send it into a file or a pipe, or name a file with -o');
  if (mode !== 'text')
    throw usage('Both the archive and JSON cannot go to standard output', 'Name a file with -o');
  return { write: (bytes) => writeTo(stdout, bytes) };
}

async function writeTo(screen: Screen, bytes: Uint8Array): Promise<void> {
  await screen.write(bytes);
  if (screen.closed)
    throw new BmcloudError('target', 'Whoever read the archive has stopped before its end', {
      hint: 'What was read of it is not whole',
    });
}

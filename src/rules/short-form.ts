import { BmcloudError } from '../errors.ts';
import { type ShortList, type ShortRules, shortLists } from './rules.ts';

/** The short form, as its file has it. */
export interface ShortForm extends Partial<Record<ShortList, string[]>> {
  /** The directory that patterns start from. */
  src: string;
  max_workers?: number;
}

/**
 * The rules of a short form. @param windows `\` separates, and case does not tell names apart
 * @throws `usage` for a pattern that leads out of `src`, and for one that names nothing
 */
export function shortRules(form: Omit<ShortForm, 'src'>, windows = false): ShortRules {
  const lists: ShortRules['lists'] = {};
  for (const list of shortLists) {
    const patterns = form[list];
    if (!patterns) continue;
    for (const pattern of patterns) checkPattern(pattern, list, windows);
    lists[list] = patterns;
  }
  return { form: 'short', lists, windows };
}

function checkPattern(pattern: string, list: ShortList, windows: boolean): void {
  const problem = problemOf(pattern, list.endsWith('_dirs'), windows);
  if (problem === undefined) return;
  throw new BmcloudError('usage', `${list}: "${pattern}" ${problem}`, {
    hint: 'Patterns start from "src", such as "docs" or "docs/*.txt"; "." is all of it',
  });
}

function problemOf(pattern: string, isDirectory: boolean, windows: boolean): string | undefined {
  const portable = windows ? pattern.replaceAll('\\', '/') : pattern;
  if (/^([A-Za-z]:)?\//.test(portable)) return 'is an absolute path';
  const components = portable.replace(/:rec$/, '').split('/');
  if (components.includes('..')) return 'leads out of "src"';
  const names = components.filter((component) => component !== '' && component !== '.');
  return names.length === 0 && (!isDirectory || pattern === '') ? 'names nothing' : undefined;
}

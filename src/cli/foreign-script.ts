import { isBmcloudError } from '../errors.ts';
import { shortRules } from '../index.ts';
import { jobSettingProblem, namingLists, ordinaryLists } from './config-check.ts';
import { job, shortForm } from './config-schema.ts';
import { nearest } from './nearest.ts';

/** What the JSON of a script says beside its `src`, as a job has it. */
export interface ScriptRules {
  settings: Record<string, unknown>;
  /** `NAME: why not`. */
  lost: string[];
  /** Without it, nothing would be in. */
  namesSomething: boolean;
}

/** What a job cannot have is told, and so is what a push would refuse. @param windows `\` separates in its patterns */
export function parseScript(values: object, windows: boolean): ScriptRules {
  const settings: Record<string, unknown> = {};
  const lost: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const typed = name === 'max_workers' ? asNumber(value) : value;
    const problem = problemOf(name, typed);
    if (problem !== undefined) lost.push(`${name}: ${problem}`);
    else if (isShortList(name)) settings[name] = soundPatterns(name, typed as string[], windows, lost);
    else settings[name] = typed;
  }
  const namesSomething = namingLists.some((name) => (settings[name] as string[] | undefined)?.length);
  return { settings, lost, namesSomething };
}

/** Scripts are not strict about it. */
function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
}

function problemOf(name: string, value: unknown): string | undefined {
  const known = Object.keys(job.shape);
  if (!known.includes(name)) {
    const meant = nearest(name, known);
    return `there is no such setting here${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
  }
  if (name === 'sources' || ordinaryLists.some((list) => list === name)) return 'it does not go with "src"';
  return jobSettingProblem(name as keyof typeof job.shape, value);
}

type ShortLists = Exclude<keyof typeof shortForm, 'src' | 'max_workers'>;

function isShortList(name: string): name is ShortLists {
  return name in shortForm && name !== 'max_workers';
}

function soundPatterns(list: ShortLists, patterns: string[], windows: boolean, lost: string[]): string[] {
  return patterns.filter((pattern) => {
    try {
      shortRules({ [list]: [pattern] }, windows);
      return true;
    } catch (error) {
      if (!isBmcloudError(error, 'usage')) throw error;
      lost.push(error.message);
      return false;
    }
  });
}

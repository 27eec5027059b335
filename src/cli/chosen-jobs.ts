import { usage } from './failure.ts';
import { nearest } from './nearest.ts';

export interface Choice {
  /** What was typed. */
  words: string[];
  /** `--job`. */
  job: string | undefined;
  /** Names of the configured jobs, in the order of the file. */
  jobs: string[];
  /** Whether something lies at a path, relative to where the user is. */
  exists: (path: string) => Promise<boolean>;
}

/**
 * Which configured jobs a push is about. A word with a separator in it, or `.`, is a path; else a job of that name; else a path.
 * @returns undefined when it is about paths
 * @throws `usage` when a word is both, or like a job and neither, or when jobs and paths are mixed
 */
export async function chosenJobs({ words, job, jobs, exists }: Choice): Promise<string[] | undefined> {
  if (words.length === 0) {
    if (job === undefined) return jobs.length > 0 ? jobs : undefined;
    if (jobs.includes(job)) return [job];
    throw unknownJob(job, jobs);
  }
  const named: string[] = [];
  for (const word of words) if (await isJob(word, jobs, exists)) named.push(word);
  if (named.length === 0) {
    for (const word of words) if (await isNothing(word, jobs, exists)) throw neither(word, jobs);
    return undefined;
  }
  const path = words.find((word) => !named.includes(word));
  if (path === undefined) return [...new Set(named)];
  throw usage(
    `"${named[0]}" is a job and "${path}" is a path: they cannot be in one push`,
    'Run two pushes: they are two jobs',
  );
}

async function isJob(word: string, jobs: string[], exists: Choice['exists']): Promise<boolean> {
  if (isPath(word) || !jobs.includes(word)) return false;
  if (!(await exists(word))) return true;
  throw usage(`"${word}" is a job and a path`, `Write ./${word} for the path, or --job ${word} for the job`);
}

/** A misspelled job, most likely: what is like none may be a glob, or a disk that is not mounted. */
async function isNothing(word: string, jobs: string[], exists: Choice['exists']): Promise<boolean> {
  return !isPath(word) && nearest(word, jobs) !== undefined && !(await exists(word));
}

function neither(word: string, jobs: string[]) {
  return usage(
    `"${word}" is no job and no path; did you mean "${nearest(word, jobs)}"?`,
    `There are: ${jobs.join(', ')}`,
  );
}

function isPath(word: string): boolean {
  return word === '.' || word === '..' || /[/\\]/.test(word) || /^[a-z]:/i.test(word);
}

/** The error for a job that is not in the configuration. */
export function unknownJob(job: string, jobs: string[]) {
  const meant = nearest(job, jobs);
  const known = jobs.length > 0 ? `There are: ${jobs.join(', ')}` : 'Add one: "bmcloud config init DIR"';
  return usage(
    `There is no job "${job}" in the configuration${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    known,
  );
}

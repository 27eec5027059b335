import type { PathExplanation } from '../index.ts';
import type { Style } from './style.ts';

/** What a job does with a path; without a name where none is configured. */
export interface JobExplanation extends PathExplanation {
  job?: string;
}

/** Of a path that some jobs have in their sources, what those say; else what the first one says. Paths keep their order. */
export function inSources(answers: JobExplanation[]): JobExplanation[] {
  const paths = [...new Set(answers.map(({ path }) => path))];
  return paths.flatMap((path) => {
    const ofPath = answers.filter((one) => one.path === path);
    const inside = ofPath.filter(({ source }) => source !== undefined);
    return inside.length > 0 ? inside : ofPath.slice(0, 1).map((one) => ({ ...one, job: undefined }));
  });
}

/** A line for each path, and one that says why. */
export function explanationLines(paths: JobExplanation[], style: Style): string {
  return paths
    .map((one) => {
      const job = one.job === undefined ? '' : ` (job ${one.job})`;
      return `${verdict(one, style)} ${one.path}${job}\n    ${one.why}\n`;
    })
    .join('');
}

function verdict({ included, tracked }: PathExplanation, style: Style): string {
  if (!included) return style.yellow('out');
  return style.green(tracked ? 'in ' : 'in (current state only)');
}

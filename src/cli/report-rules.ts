import type { PathExplanation } from '../index.ts';
import type { Style } from './style.ts';

/** A line for each path, and one that says why. */
export function explanationLines(paths: PathExplanation[], style: Style): string {
  return paths.map((one) => `${verdict(one, style)} ${one.path}\n    ${one.why}\n`).join('');
}

function verdict({ included, tracked }: PathExplanation, style: Style): string {
  if (!included) return style.yellow('out');
  return style.green(tracked ? 'in ' : 'in (current state only)');
}

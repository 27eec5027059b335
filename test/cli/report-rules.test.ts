import { expect, test } from 'vitest';
import { explanationLines, inSources, type JobExplanation } from '../../src/cli/report-rules.ts';
import { styleFor } from '../../src/cli/style.ts';

const inside = (job: string, path: string, included = true): JobExplanation => ({
  job,
  path,
  source: '/s',
  included,
  tracked: included && job !== 'short',
  why: `${job} says so`,
});
const outside = (job: string, path: string): JobExplanation => ({
  job,
  path,
  included: false,
  tracked: false,
  why: 'It lies in none of the sources (/s)',
});

test('jobs that have a path in their sources answer for it; if there is none, one answer is enough', () => {
  const answers = [
    inside('one', '/s/a'),
    outside('one', '/x'),
    inside('short', '/s/a'),
    outside('short', '/x'),
    outside('other', '/s/a'),
    outside('other', '/x'),
  ];
  const { job: _, ...nobody } = outside('one', '/x');
  expect(inSources(answers)).toEqual([inside('one', '/s/a'), inside('short', '/s/a'), nobody]);
});

test('a line says what becomes of a path, and one why', () => {
  const { job: _, ...plain } = inside('', '/s/b', false);
  expect(explanationLines([inside('one', '/s/a'), inside('short', '/s/a'), plain], styleFor(false))).toBe(
    `in  /s/a (job one)
    one says so
in (current state only) /s/a (job short)
    short says so
out /s/b
     says so
`,
  );
});

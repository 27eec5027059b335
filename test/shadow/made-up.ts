import type { Mounts } from '../../src/shadow/mounts.ts';
import { mountOf, parseMounts } from '../../src/shadow/mounts.ts';
import { type ShadowNames, shadowNames } from '../../src/shadow/names.ts';
import type { ProcessMark } from '../../src/shadow/processes.ts';
import type { Finished, RunProgram } from '../../src/shadow/run.ts';

/** A runner that only notes what it is to run, and answers as told; nothing said is success. */
export function recordedRun(
  answer: (line: string) => Partial<Finished> | 'missing' | undefined = () => undefined,
): { run: RunProgram; lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    async run(argv) {
      const line = argv.join(' ');
      lines.push(line);
      const said = answer(line);
      return said === 'missing' ? said : { status: 0, stdout: '', stderr: '', ...said };
    },
  };
}

/** Mounts by lines of mountinfo. */
export function mountsOf(...lines: string[]): Mounts {
  const mounts = parseMounts(Buffer.from(lines.join('\n')));
  return { all: async () => mounts, of: async (path) => mountOf(mounts, path) };
}

export const HERE = { pid: 100, namespace: 5, start: 7 };
/** What `names` makes. */
export const OUR_NAME = 'bmcloud-shadow-100-1000-5-7-cafe';
/** Of a process that is gone. */
export const LEFT_NAME = 'bmcloud-shadow-99-900-5-6-beef';
/** Of another that runs. */
export const OTHERS_NAME = 'bmcloud-shadow-101-950-5-8-f00d';

/** Names of process 100, beside which only 101 runs. */
export function names(): ShadowNames {
  const isGone = ({ pid }: ProcessMark): boolean => pid !== 100 && pid !== 101;
  return shadowNames(
    { self: () => HERE, isGone },
    () => 1000,
    () => 'cafe',
  );
}

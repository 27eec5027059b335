import { readFileSync, readlinkSync } from 'node:fs';
import { kill, pid } from 'node:process';
import { systemCodeOf } from '../errors.ts';

/** A process, told from a later one of the same number. */
export interface ProcessMark {
  pid: number;
  /** The pid namespace: the same number in another container is another process. */
  namespace: number;
  /** When it started, in clock ticks since the system did: setting the clock does not change it. */
  start: number;
}

export interface Processes {
  self(): ProcessMark;
  /** True only if it is certain: a process of another container counts as running. */
  isGone(mark: ProcessMark): boolean;
}

/** The processes of Linux. */
export const systemProcesses: Processes = {
  self: () => ({ pid, namespace: ownNamespace(), start: statusOf(pid)?.start ?? 0 }),
  isGone(mark) {
    if (mark.namespace !== ownNamespace()) return false;
    if (!exists(mark.pid)) return true;
    const status = statusOf(mark.pid);
    return status !== undefined && (status.dead || status.start !== mark.start);
  },
};

function ownNamespace(): number {
  return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0]);
}

function exists(process: number): boolean {
  try {
    kill(process, 0);
    return true;
  } catch (error) {
    // Another user's process answers EPERM: it is there.
    return systemCodeOf(error) !== 'ESRCH';
  }
}

/** proc(5): the third field is the state, the 22nd the start; the second is a name that may hold anything. */
function statusOf(process: number): { dead: boolean; start: number } | undefined {
  const text = readStat(process);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { dead: fields[0] === 'Z' || fields[0] === 'X', start: Number(fields[19]) };
}

function readStat(process: number): string | undefined {
  try {
    return readFileSync(`/proc/${process}/stat`, 'latin1');
  } catch (error) {
    // Hidden from us, or it ended this moment: then it is not certain.
    if (systemCodeOf(error) === undefined) throw error;
    return undefined;
  }
}

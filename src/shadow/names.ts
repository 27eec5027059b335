import { randomBytes } from 'node:crypto';
import { type Processes, systemProcesses } from './processes.ts';

/*
 * The name of everything we make tells who made it and when, so that a later run knows what a killed one left:
 * `bmcloud-shadow-<pid>-<made, ms>-<pid namespace>-<process start>-<random>`, the last three in base 36. On a file system
 * a dot goes before it. Letters, digits and hyphens only: LVM and ZFS take them all.
 */

const FORM = /^\.?bmcloud-shadow-(\d+)-(\d+)-([0-9a-z]+)-([0-9a-z]+)-[0-9a-z]+$/;

/** Makes our names, and knows whose are left over. */
export interface ShadowNames {
  make(): string;
  /** When a thing of ours was made, if its process is gone; undefined for all that is not ours to remove. */
  leftSince(name: string): Date | undefined;
}

/** @param now milliseconds since 1970 */
export function shadowNames(
  processes: Processes = systemProcesses,
  now: () => number = Date.now,
  random: () => string = () => randomBytes(4).toString('hex'),
): ShadowNames {
  return {
    make() {
      const { pid, namespace, start } = processes.self();
      return `bmcloud-shadow-${pid}-${now()}-${namespace.toString(36)}-${start.toString(36)}-${random()}`;
    },
    leftSince(name) {
      const [, pid, made, namespace, start] = FORM.exec(name) ?? [];
      if (!pid || !made || !namespace || !start) return undefined;
      const owner = {
        pid: Number(pid),
        namespace: Number.parseInt(namespace, 36),
        start: Number.parseInt(start, 36),
      };
      return processes.isGone(owner) ? new Date(Number(made)) : undefined;
    },
  };
}

/** True for the name of a thing of ours, running or left over: nothing that anybody wants in a backup. */
export function isShadowName(name: string): boolean {
  return FORM.test(name);
}

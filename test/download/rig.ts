import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type RestoreOptions, type RestoreResult, restore } from '../../src/restore.ts';
import { pushTree } from '../fixtures/push-tree.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';

/** A repository, a source and a target, made anew for each test of a file. */
export interface Rig extends TestRepository {
  to: string;
  inSource(path: string): string;
  inTarget(path: string): string;
  push(): Promise<unknown>;
  /** Restores the latest snapshot to `to`, in this thread; a question is an error. */
  run(options?: Partial<RestoreOptions>): Promise<RestoreResult>;
}

/** @returns the rig of the test that runs */
export function useRig(): Rig {
  const rig = {} as Rig;
  beforeEach(async () => {
    const made = await makeRepository();
    const to = join(made.root, 'target');
    Object.assign(rig, made, {
      to,
      inSource: (path: string) => join(made.source, path),
      inTarget: (path: string) => join(to, path),
      push: () => pushTree(made.repository, [made.source]),
      run: (options: Partial<RestoreOptions> = {}) => restore(made.repository, { ...plain(to), ...options }),
    });
  });
  afterEach(async () => await rig.cleanup());
  return rig;
}

/** Everything there is, in the plainest way. */
export function plain(to: string): RestoreOptions {
  return {
    at: { latest: true },
    paths: [],
    target: { to },
    overwrite: 'if-different',
    deleteExtra: false,
    dryRun: false,
    verify: false,
    confirm: () => Promise.reject(new Error('asked')),
    partial: false,
    ownership: false,
    workers: 0,
  };
}

export function text(path: string): string {
  return readFileSync(path, 'utf8');
}

export function failedPaths({ failed }: Pick<RestoreResult, 'failed'>): string[] {
  return failed.map(({ path }) => path).sort();
}

/** Bytes that no two places share. */
export function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

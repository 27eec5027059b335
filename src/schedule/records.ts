import { link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { z } from 'zod/mini';
import { BmcloudError, isAbsence, messageOf, systemCodeOf } from '../errors.ts';
import { whenFree } from '../flow/held-files.ts';
import { makeDirectories } from '../flow/make-directories.ts';
import { type RunRecord, runRecordSchema, type Schedule, scheduleSchema } from './schedule.ts';

/*
 * What we know of schedules: one directory each, because schedulers do not keep what we need, and do not tell what they keep.
 *
 *     NAME/schedule.json   the schedule: written by who adds and changes it
 *     NAME/run.json        its last run: written by the run
 *     NAME/success.json    its last run that succeeded
 *
 * Each file has one kind of writer and is replaced as a whole, so nobody loses what another writes at the same time.
 */

/** The records in one directory. Names differ by more than capital letters. */
export interface ScheduleRecords {
  readonly directory: string;
  /** @throws `usage` when there is one of that name */
  add(schedule: Schedule): Promise<void>;
  /** @throws `not-found` */
  get(name: string): Promise<Schedule>;
  /** By name. @throws `config` for one that cannot be read */
  all(): Promise<Schedule[]>;
  replace(schedule: Schedule): Promise<void>;
  remove(name: string): Promise<void>;
  /** An older run never replaces a newer one. */
  writeRun(name: string, run: RunRecord): Promise<void>;
  lastRun(name: string): Promise<RunRecord | undefined>;
  /** The last one with exit code 0 that ended. */
  lastSuccess(name: string): Promise<RunRecord | undefined>;
}

export function scheduleRecords(directory: string): ScheduleRecords {
  const file = (name: string, part: string) => join(directory, name.toLowerCase(), `${part}.json`);
  const readRun = (name: string, part: string) => readRecord(file(name, part), runRecordSchema);
  const replaceOlder = async (path: string, run: RunRecord) => {
    const previous = await readRecord(path, runRecordSchema).catch(() => undefined);
    if (previous === undefined || previous.started <= run.started) await replaceFile(path, run);
  };
  return {
    directory,
    add: (schedule) => createFile(file(schedule.name, 'schedule'), scheduleSchema.parse(schedule)),
    get: async (name) => {
      const schedule = await readRecord(file(name, 'schedule'), scheduleSchema);
      if (schedule) return schedule;
      throw new BmcloudError('not-found', `There is no schedule "${name}"`, {
        hint: 'See "bmcloud schedule list"',
      });
    },
    all: async () => {
      const read = (await namesIn(directory)).map((name) =>
        readRecord(file(name, 'schedule'), scheduleSchema),
      );
      return (await Promise.all(read)).filter((schedule) => schedule !== undefined);
    },
    replace: (schedule) => replaceFile(file(schedule.name, 'schedule'), scheduleSchema.parse(schedule)),
    remove: (name) => rm(join(directory, name.toLowerCase()), { recursive: true, force: true }),
    writeRun: async (name, run) => {
      // A schedule that was removed while it ran must not come back as half of one.
      if ((await readRecord(file(name, 'schedule'), scheduleSchema)) === undefined) return;
      await replaceOlder(file(name, 'run'), run);
      if (run.exitCode === 0) await replaceOlder(file(name, 'success'), run);
    },
    lastRun: (name) => readRun(name, 'run'),
    lastSuccess: (name) => readRun(name, 'success'),
  };
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw new BmcloudError('config', `Cannot read ${directory}: ${messageOf(error)}`, { cause: error });
  }
}

async function readRecord<T>(path: string, schema: z.ZodMiniType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isAbsence(error)) return undefined;
    const why = systemCodeOf(error) === undefined ? 'it is not what bmcloud wrote' : messageOf(error);
    throw new BmcloudError('config', `Cannot read ${path}: ${why}`, {
      hint: `Remove it with "bmcloud schedule remove ${basename(dirname(path))} --force", and add it again`,
      cause: error,
    });
  }
}

/** The file appears whole, and only where there is none: two that add the same name do not both succeed. */
async function createFile(path: string, schedule: Schedule): Promise<void> {
  const temporary = await writeTemporary(path, schedule);
  try {
    await link(temporary, path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
    throw new BmcloudError('usage', `There is a schedule "${schedule.name}" already`, {
      hint: `Choose another name, or first: bmcloud schedule remove ${schedule.name}`,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function replaceFile(path: string, value: unknown): Promise<void> {
  const temporary = await writeTemporary(path, value);
  try {
    await whenFree(() => rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // what went wrong first is what is told
    throw error;
  }
}

let written = 0;

async function writeTemporary(path: string, value: unknown): Promise<string> {
  await makeDirectories(dirname(path), 0o700);
  const temporary = `${path}.${process.pid}-${written++}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}

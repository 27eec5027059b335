import { dirname } from 'node:path';
import { BmcloudError, isBmcloudError } from './errors.ts';
import { loadFilesAddon } from './native/files.ts';
import { type LogOptions, readLog } from './schedule/log-reader.ts';
import {
  type DirectoryGuard,
  protectForSystem,
  protectForUser,
  refuseUnprotected,
} from './schedule/protect.ts';
import type { CommandLine } from './schedule/quoting.ts';
import { type ScheduleRecords, scheduleRecords } from './schedule/records.ts';
import { runSchedule } from './schedule/run.ts';
import { checkName, type RunRecord, type Schedule, type Scheduler } from './schedule/schedule.ts';
import { chooseScheduler, type SystemPlaces, schedulerOf } from './schedule/scheduler.ts';
import { refuseSecrets } from './schedule/secrets.ts';
import type { Installed, Machine, SystemScheduler } from './schedule/system.ts';
import type { Trigger } from './schedule/trigger.ts';
import { infoOf, logOf, type ScheduleInfo } from './schedule-info.ts';

/** Schedules of an account, and where they are kept. */
export interface ScheduleSite {
  account: Schedule['account'];
  /** Directory of the records, in that of the configuration. */
  records: string;
  /** A process that the scheduler starts looks there without being told. */
  isDefault: boolean;
  /** The variables that name this account's directories; among them `BMCLOUD_STATE_DIR`, where the logs are. */
  directories: Record<string, string>;
}

/** What schedules need of the program and the machine around them. */
export interface ScheduleDesk {
  machine: Machine;
  /** What starts this program. */
  program: CommandLine;
  /** The first is where schedules are looked for first. */
  sites: ScheduleSite[];
  now: () => Date;
  places?: SystemPlaces | undefined;
  /** What tells of directories on Windows. Default: the addon. */
  guard?: DirectoryGuard | undefined;
}

/** A schedule that is to be made. */
export interface ScheduleRequest {
  name: string;
  account: Schedule['account'];
  trigger: Trigger;
  /** What follows `bmcloud push`. */
  arguments: string[];
  directory: string;
  /** Variables for the push, without secrets. */
  environment: Record<string, string>;
  whileLoggedIn: boolean;
  wantsShadow: boolean;
}

/** Adds a schedule and has the system start it. Returns it, and what the user should know. @throws `usage`, `scheduler` */
export async function addSchedule(
  desk: ScheduleDesk,
  request: ScheduleRequest,
): Promise<{ schedule: ScheduleInfo; notices: string[] }> {
  checkName(request.name);
  refuseSecrets(request.arguments);
  const site = siteFor(desk, request.account);
  const schedule: Schedule = {
    ...request,
    environment: { ...request.environment, ...site.directories },
    enabled: true,
    scheduler: await chooseScheduler(desk.machine, request.account),
    created: desk.now().toISOString(),
  };
  if (desk.machine.platform === 'win32') await protect(desk, site);
  const records = scheduleRecords(site.records);
  await records.add(schedule);
  try {
    const notices = await schedulerFor(desk, site, schedule.scheduler).install(schedule);
    return { schedule: await infoOf(schedule, records, desk.now()), notices };
  } catch (error) {
    await records.remove(schedule.name);
    throw error;
  }
}

/** All schedules there are, by name. @throws `config` */
export async function listSchedules(desk: ScheduleDesk): Promise<ScheduleInfo[]> {
  const found = await Promise.all(
    desk.sites.map(async ({ records: directory }) => {
      const records = scheduleRecords(directory);
      return Promise.all((await records.all()).map((schedule) => infoOf(schedule, records, desk.now())));
    }),
  );
  return found.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One schedule, and what the system's scheduler says of it. @throws `not-found` */
export async function showSchedule(
  desk: ScheduleDesk,
  name: string,
): Promise<{ schedule: ScheduleInfo; installed: Installed }> {
  const { schedule, site, records } = await findSchedule(desk, name);
  const installed = await schedulerFor(desk, site, schedule.scheduler).status(schedule);
  return { schedule: await infoOf(schedule, records, desk.now()), installed };
}

/**
 * Removes a schedule; its log stays.
 * @param options.force forgets it also when the system's scheduler does not let go of it, or its record is damaged
 * @throws `not-found`, `scheduler`
 */
export async function removeSchedule(
  desk: ScheduleDesk,
  name: string,
  options: { force: boolean; onWarning: (message: string) => void },
): Promise<void> {
  try {
    const { schedule, site } = await findSchedule(desk, name);
    await schedulerFor(desk, site, schedule.scheduler).remove(schedule);
  } catch (error) {
    if (!options.force || !isBmcloudError(error, 'scheduler', 'config')) throw error;
    options.onWarning(error.message);
  }
  for (const { records } of desk.sites) await scheduleRecords(records).remove(checkName(name));
}

/** Starts or stops starting it, and keeps everything else. @throws `not-found`, `scheduler` */
export async function enableSchedule(
  desk: ScheduleDesk,
  name: string,
  enabled: boolean,
): Promise<ScheduleInfo> {
  const { schedule, site, records } = await findSchedule(desk, name);
  const scheduler = schedulerFor(desk, site, schedule.scheduler);
  const changed = { ...schedule, enabled };
  await (enabled ? scheduler.enable(changed) : scheduler.disable(changed));
  await records.replace(changed);
  return infoOf(changed, records, desk.now());
}

/** Carries it out here and now, and waits. @throws `not-found` */
export async function carryOutSchedule(
  desk: ScheduleDesk,
  name: string,
  options: Pick<
    Parameters<typeof runSchedule>[1],
    'env' | 'scheduled' | 'onOutput' | 'onWarning' | 'onReload' | 'signal'
  >,
): Promise<RunRecord> {
  const { schedule, records } = await findSchedule(desk, name);
  const { program, now } = desk;
  return runSchedule(schedule, { ...options, records, program, now, log: logOf(schedule) });
}

/** Has the system's scheduler start it, under its account, and does not wait. @throws `not-found`, `scheduler` */
export async function startSchedule(desk: ScheduleDesk, name: string): Promise<void> {
  const { schedule, site } = await findSchedule(desk, name);
  await schedulerFor(desk, site, schedule.scheduler).run(schedule);
}

/** The lines of its log. @throws `not-found` */
export async function* scheduleLog(
  desk: ScheduleDesk,
  name: string,
  options: LogOptions,
): AsyncGenerator<string> {
  const { schedule } = await findSchedule(desk, name);
  yield* readLog(logOf(schedule), options);
}

interface FoundSchedule {
  schedule: Schedule;
  site: ScheduleSite;
  records: ScheduleRecords;
}

async function findSchedule(desk: ScheduleDesk, name: string): Promise<FoundSchedule> {
  checkName(name);
  let missing: unknown;
  for (const site of desk.sites) {
    const records = scheduleRecords(site.records);
    try {
      const schedule = await records.get(name);
      refusePlanted(desk, site);
      return { schedule, site, records };
    } catch (error) {
      if (!isBmcloudError(error, 'not-found')) throw error;
      missing = error;
    }
  }
  throw missing;
}

/** Anybody could have put something in the place of SYSTEM's records, where it has none. */
function refusePlanted(
  { machine, guard = loadFilesAddon() }: ScheduleDesk,
  { account, records }: ScheduleSite,
): void {
  if (machine.platform === 'win32' && account === 'system' && guard)
    refuseUnprotected(guard, dirname(records));
}

function siteFor({ sites, machine }: ScheduleDesk, account: Schedule['account']): ScheduleSite {
  const site = sites.find((candidate) => candidate.account === account);
  if (site) return site;
  const windows = machine.platform === 'win32';
  throw new BmcloudError(
    'usage',
    `A schedule of the system is for ${windows ? 'administrators' : 'root'} to add`,
    {
      hint: windows
        ? 'Try again in a prompt that was started with "Run as administrator"'
        : 'Try again with sudo',
    },
  );
}

/** With the records of SYSTEM all that it reads is protected: its configuration and keys. */
async function protect(
  { machine, guard = loadFilesAddon() }: ScheduleDesk,
  { account, records, isDefault }: ScheduleSite,
): Promise<void> {
  if (account === 'system') protectForSystem(guard, dirname(records));
  else if (!isDefault) await protectForUser(machine, records);
}

function schedulerFor(desk: ScheduleDesk, site: ScheduleSite, kind: Scheduler): SystemScheduler {
  const where = site.isDefault ? [] : ['--records', site.records];
  const commandOf = ({ name }: Schedule): CommandLine => [
    ...desk.program,
    'schedule',
    'run',
    name,
    '--scheduled',
    ...where,
  ];
  return schedulerOf(kind, desk.machine, commandOf, desk.places);
}

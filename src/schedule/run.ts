import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { messageOf } from '../errors.ts';
import { childEnd } from './child-end.ts';
import { openLog } from './log-file.ts';
import { type CommandLine, quoteShell } from './quoting.ts';
import type { ScheduleRecords } from './records.ts';
import type { RunRecord, Schedule } from './schedule.ts';

export interface RunOptions {
  records: Pick<ScheduleRecords, 'writeRun'>;
  /** The log that takes what the push prints. */
  log: string;
  /** What starts this program. */
  program: CommandLine;
  env: Record<string, string | undefined>;
  /** Started by the system: a busy job is left alone. */
  scheduled: boolean;
  now: () => Date;
  onWarning: (message: string) => void;
  /** Also gets what the push prints. */
  onOutput?: ((bytes: Uint8Array, stream: 'stdout' | 'stderr') => void) | undefined;
  /** Passed on to the push, which ends in an orderly way. */
  signal?: AbortSignal | undefined;
  /** Is given what tells a watch to read its configuration again; answers with what ends that. */
  onReload?: ((reload: () => void) => () => void) | undefined;
}

/** Carries out the push of a schedule as a process of its own, with a log and a record; its exit code is the answer. */
export async function runSchedule(schedule: Schedule, options: RunOptions): Promise<RunRecord> {
  const { records, now, onWarning } = options;
  const log = await openLog(options.log);
  // A backup is worth more than its log: a full disk must not end it.
  const write = (text: Uint8Array | string) =>
    void log
      .write(text)
      .catch((error: unknown) => onWarning(`Cannot write ${options.log}: ${messageOf(error)}`));
  const begin: RunRecord = {
    started: now().toISOString(),
    pid: process.pid,
    scheduled: options.scheduled,
  };
  try {
    await records.writeRun(schedule.name, begin);
    const args = argumentsOf(schedule, options.scheduled);
    write(`--- ${begin.started} bmcloud ${args.map(quoteShell).join(' ')}\n`);
    const exitCode = await pushed(args, schedule, options, write);
    const run = { ...begin, ended: now().toISOString(), exitCode };
    write(`--- ${run.ended} exit code ${exitCode}\n`);
    await records.writeRun(schedule.name, run);
    return run;
  } finally {
    await log.close();
  }
}

/** Of two pushes at once the one that nobody waits for gives way. */
function argumentsOf({ trigger, arguments: words }: Schedule, scheduled: boolean): string[] {
  if ('watch' in trigger) return ['watch', ...words];
  return scheduled && !words.includes('--no-wait') ? ['push', '--no-wait', ...words] : ['push', ...words];
}

async function pushed(
  args: string[],
  schedule: Schedule,
  options: RunOptions,
  write: (bytes: Uint8Array | string) => void,
): Promise<number> {
  const [command, ...begin] = options.program;
  const child = spawn(command, [...begin, ...args], {
    cwd: schedule.directory,
    env: { ...options.env, ...schedule.environment },
    // Its channel is silent: its end tells the push that we were killed, and that nobody else will stop it.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    windowsHide: true,
    // Ctrl-C reaches every process of a terminal's group, and the push would hear of it twice: once from us.
    detached: !isWindows,
  });
  // Windows knows no signal that a process could answer in an orderly way; there Ctrl-C reaches the push by itself.
  const stop = () => isWindows || child.kill('SIGTERM');
  options.signal?.addEventListener('abort', stop, { once: true });
  const isWatch = 'watch' in schedule.trigger && !isWindows;
  const endReloads = isWatch ? options.onReload?.(() => child.kill('SIGHUP')) : undefined;
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (bytes: Uint8Array) => {
      write(bytes);
      options.onOutput?.(bytes, stream);
    });
  }
  const end = await childEnd(child);
  options.signal?.removeEventListener('abort', stop);
  endReloads?.();
  if (end.how === 'exited') return end.code;
  if (end.how === 'killed') return 128 + constants.signals[end.signal];
  write(`Cannot start ${command} in ${schedule.directory}: ${messageOf(end.error)}\n`);
  return 1;
}

const isWindows = process.platform === 'win32';

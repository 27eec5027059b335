import { spawn } from 'node:child_process';
import { win32 } from 'node:path';
import { BmcloudError, messageOf, systemCodeOf } from '../errors.ts';
import { childEnd } from './child-end.ts';
import type { CommandLine } from './quoting.ts';
import type { Schedule, Scheduler } from './schedule.ts';

/** What a command of the system answered. */
export interface Answer {
  /** 127 when there is no such command. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command of the system, with `stdin` as its input. */
export type Run = (command: string, args: readonly string[], stdin?: string) => Promise<Answer>;

/** The machine that schedules. */
export interface Machine {
  platform: NodeJS.Platform;
  /** Of the user, or of the account that runs the jobs. */
  home: string;
  /** 0 is root; undefined on Windows. */
  uid: number | undefined;
  /** As Windows writes it, `DOMAIN\\user`. */
  user: string;
  /** `XDG_CONFIG_HOME`, where systemd looks for units of the user. */
  configHome: string;
  /** Where files that are handed to a command stand for a moment. */
  temporary: string;
  run: Run;
}

/** The words that start a schedule's run. */
export type CommandOf = (schedule: Schedule) => CommandLine;

/** What a scheduler tells of one of our schedules. */
export type Installed = 'installed' | 'disabled' | 'missing';

/** What starts a schedule at its times. Every step may be repeated. */
export interface SystemScheduler {
  readonly kind: Scheduler;
  /** Enabled or not, as the schedule says. Returns what the user should know. */
  install(schedule: Schedule): Promise<string[]>;
  remove(schedule: Schedule): Promise<void>;
  enable(schedule: Schedule): Promise<void>;
  disable(schedule: Schedule): Promise<void>;
  /** Starts it now, as it starts it at its times, and does not wait. */
  run(schedule: Schedule): Promise<void>;
  status(schedule: Schedule): Promise<Installed>;
}

/** Longer than any of these commands takes; one that waits for somebody must not wait for ever. */
const DEADLINE = 60_000;

export const NOT_FOUND = 127;

/** Runs commands as children; in English, because some answers must be read. */
export function systemRun(env: Record<string, string | undefined>, platform: NodeJS.Platform): Run {
  return async (command, args, stdin) => {
    const child = spawn(platform === 'win32' ? windowsCommand(command, env) : command, args, {
      env: { ...env, LC_ALL: 'C' },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // Not `timeout`, whose timer keeps the process alive when there is no such command.
      signal: AbortSignal.timeout(DEADLINE),
      windowsHide: true,
    });
    const texts = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]!.setEncoding('utf8').on('data', (text: string) => {
        texts[stream] += text;
      });
    }
    // The answer says what went wrong when nobody reads the input.
    child.stdin?.on('error', () => {}).end(stdin);
    const end = await childEnd(child);
    if (end.how === 'exited') return { code: end.code, ...texts };
    if (end.how === 'killed') return { code: 1, stdout: texts.stdout, stderr: `ended by ${end.signal}` };
    const isMissing = systemCodeOf(end.error) === 'ENOENT';
    return { code: isMissing ? NOT_FOUND : 126, stdout: '', stderr: messageOf(end.error) };
  };
}

/** Windows looks into the current directory first, and this may be an elevated prompt: so it is told where to look. */
function windowsCommand(command: string, env: Record<string, string | undefined>): string {
  return win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32', `${command}.exe`);
}

/** Runs a command that must succeed. @throws `scheduler` with its own words */
export async function must(
  run: Run,
  command: string,
  args: readonly string[],
  stdin?: string,
): Promise<string> {
  const answer = await run(command, args, stdin);
  if (answer.code === 0) return answer.stdout;
  throw refused(command, args, answer);
}

/** The error of a command that failed. */
export function refused(
  command: string,
  args: readonly string[],
  answer: Answer,
  hint?: string,
): BmcloudError {
  const said = (answer.stderr.trim() || answer.stdout.trim()).split('\n').filter(Boolean);
  const why = said.length > 0 ? said.join('; ') : `exit code ${answer.code}`;
  return new BmcloudError('scheduler', `${command} ${args[0] ?? ''} failed: ${why}`.replace('  ', ' '), {
    ...(hint !== undefined && { hint }),
  });
}

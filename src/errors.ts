/** What went wrong, as a word. `docs/errors.md` describes each; `cli/exit-codes.ts` maps each to an exit code. */
export type ErrorCode =
  | 'usage' // a flag, argument, configuration value or timestamp that cannot be meant
  | 'config' // a configuration or key file that cannot be used
  | 'no-repository' // nothing there
  | 'repository-exists' // init over an existing repository
  | 'newer-format' // written by a newer program
  | 'wrong-key' // no slot opens with this passphrase or key
  | 'no-key' // no passphrase or key was given
  | 'not-allowed' // a push-only key asked to read, or to manage
  | 'busy' // another process holds the job, or the folder of a mirror
  | 'damaged' // stored bytes fail a check
  | 'rollback' // the store shows less than this machine has seen
  | 'no-snapshot' // no snapshot at that time, or of that id
  | 'no-job' // no such job, or several to choose from
  | 'not-found' // an object or a path that should be there
  | 'source-missing'
  | 'source-empty'
  | 'source-unreadable'
  | 'target' // the place to restore to cannot be used
  | 'disk-full' // our own disk, or the repository's
  | 'store-unreachable'
  | 'store-denied'
  | 'store-failed' // an answer nobody expects
  | 'clock-skew'
  | 'hook-failed' // a command of the user that must succeed before a push
  | 'scheduler' // what starts jobs on this machine is missing, or refuses
  | 'interrupted'
  | 'internal';

/** What an error says besides its message. */
export interface ErrorFacts {
  /** What to do about it, one sentence. */
  hint?: string;
  /** Trying the same again may succeed. Set by whoever talks to the outside; retry wrappers only obey. */
  transient?: boolean;
  /** Facts for programs; never a secret. */
  data?: Record<string, unknown>;
  cause?: unknown;
}

/** The one error class: `message` says what is wrong and where in one line, `hint` what to do. */
export class BmcloudError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly transient: boolean;
  readonly data: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'BmcloudError';
    this.code = code;
    this.hint = facts.hint;
    this.transient = facts.transient ?? false;
    this.data = facts.data ?? {};
  }
}

/** True for an error of ours, of one of the codes if any are given. */
export function isBmcloudError(error: unknown, ...codes: ErrorCode[]): error is BmcloudError {
  return error instanceof BmcloudError && (codes.length === 0 || codes.includes(error.code));
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's error code (`ENOENT`, …) of whatever was thrown, if it has one. */
export function systemCodeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return error instanceof Error && typeof code === 'string' ? code : undefined;
}

/** Whether the system's error code says that nothing is at a path, or a file where a directory of it would be. */
export function saysAbsent(code: string | undefined): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The same of whatever was thrown. */
export function isAbsence(error: unknown): boolean {
  return saysAbsent(systemCodeOf(error));
}

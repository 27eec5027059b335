/** Why the program cannot be started: one line, and what to do about it. */
export class StartError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StartError';
    this.hint = hint;
  }
}

/** The system's word for what went wrong, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}

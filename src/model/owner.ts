/** A process that holds a file open. */
export interface LockOwner {
  pid: number;
  /** The program's name, such as `OUTLOOK.EXE` or `postgres`; `unknown` where the system does not tell. */
  program: string;
  user?: string;
  /** The Windows service that it runs, by its display name. */
  service?: string;
  commandLine?: string;
  /** How it holds the file, in words: `write lock`, `open for writing`. */
  how?: string;
}

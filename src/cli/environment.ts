import os from 'node:os';
import process from 'node:process';
import { wantsColour } from './style.ts';

/** A stream people or programs read: stdout or stderr. */
export interface Screen {
  /** Resolves when more may be written. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Somebody looks at it: a terminal. */
  readonly interactive: boolean;
  readonly colour: boolean;
  /** Nobody reads any more (`bmcloud ls | head`). */
  readonly closed: boolean;
  /** Width of the terminal; 80 where there is none. */
  columns(): number;
}

/** All that commands know of the machine and the user around them. */
export interface Environment {
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  readonly host: string;
  readonly user: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Screen;
  readonly stderr: Screen;
  now(): Date;
}

export function systemEnvironment(): Environment {
  return {
    env: process.env,
    cwd: process.cwd(),
    home: os.homedir(),
    platform: process.platform,
    host: os.hostname(),
    user: userName(),
    get stdin() {
      return process.stdin;
    },
    stdout: screenOn(process.stdout),
    stderr: screenOn(process.stderr),
    now: () => new Date(),
  };
}

/** Containers may run as a user without a name. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

function screenOn(stream: NodeJS.WriteStream): Screen {
  let closed = false;
  const interactive = stream.isTTY === true;
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    const isNews = code !== 'EPIPE' && !closed;
    closed = true;
    if (isNews) loseOutput(stream, message);
  });
  return {
    interactive,
    colour: wantsColour(interactive, process.env),
    get closed() {
      return closed;
    },
    columns: () => stream.columns || 80,
    write: (bytes) => (closed ? Promise.resolve() : written(stream, bytes)),
  };
}

/** A backup is worth more than what it says: it goes on, and the program ends with an error where it would have ended well. */
function loseOutput(stream: NodeJS.WriteStream, why: string): void {
  if (stream !== process.stderr) process.stderr.write(`Error: Cannot write to standard output: ${why}\n`);
  process.on('exit', () => {
    process.exitCode ||= 1;
  });
}

function written(stream: NodeJS.WriteStream, bytes: string | Uint8Array): Promise<void> {
  if (stream.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('error', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('error', done).on('close', done);
  });
}

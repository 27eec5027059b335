import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What runs the built program: Node and its script, or the one-file program that BMCLOUD_TEST_PROGRAM names. */
const [program, ...script] = process.env.BMCLOUD_TEST_PROGRAM
  ? [process.env.BMCLOUD_TEST_PROGRAM]
  : [process.execPath, fileURLToPath(new URL('../../bin/run.js', import.meta.url))];

export interface Ended {
  code: number | NodeJS.Signals;
  stdout: string;
  stderr: string;
}

/** A program of ours that runs until it is told to stop. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown[]>;
  stdout = '';
  stderr = '';

  constructor(args: string[], env: Record<string, string>, cwd: string) {
    this.#child = spawn(program, [...script, ...args], {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#closed = once(this.#child, 'close');
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Sends a signal, if one is named, and waits for the end. */
  async end(name?: NodeJS.Signals): Promise<Ended> {
    if (name) this.signal(name);
    const [code, killedBy] = (await this.#closed) as [number | null, NodeJS.Signals | null];
    return { code: code ?? killedBy ?? 1, stdout: this.stdout, stderr: this.stderr };
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

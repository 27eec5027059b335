import { spawn } from 'node:child_process';
import { BmcloudError } from '../errors.ts';
import { endTree } from './child.ts';
import type { Environment } from './environment.ts';

/**
 * Standard output of a command that the shell runs, as a source. When the command fails the stream fails at its end, so that
 * half a dump never becomes a snapshot. @throws `source-unreadable`
 */
export async function* outputOfCommand(
  command: string,
  environment: Pick<Environment, 'env' | 'platform'>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const child = spawn(command, { shell: true, stdio: ['inherit', 'pipe', 'inherit'] });
  const ended = new Promise<number | string | null>((resolve) => {
    child
      .on('error', (error) => resolve(error.message))
      .on('close', (code, killedBy) => resolve(code ?? killedBy));
  });
  // On Windows the shell would go alone, and leave behind what it started.
  const stop = () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    if (environment.platform === 'win32') endTree(child, environment);
    else child.kill();
  };
  signal.addEventListener('abort', stop);
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    const status = await ended;
    if (status !== 0)
      throw new BmcloudError('source-unreadable', `The command of --stdin-command failed (${status})`);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

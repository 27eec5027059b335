import type { ChildProcess } from 'node:child_process';

/** How a process ended: by its exit code, by a signal, or it was never started. */
export type ChildEnd =
  | { how: 'exited'; code: number }
  | { how: 'killed'; signal: NodeJS.Signals }
  | { how: 'failed'; error: Error };

/** Milliseconds in which what an ended process printed arrives. */
const REST = 2000;

/** Waits for the end of a process and its output. What it started may live on and hold that open for ever: that is not waited for. */
export function childEnd(child: ChildProcess, rest = REST): Promise<ChildEnd> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    child
      .on('error', (error) => resolve({ how: 'failed', error }))
      .on('exit', () => {
        timer = setTimeout(() => {
          child.stdout?.destroy();
          child.stderr?.destroy();
        }, rest);
      })
      .on('close', (code, signal) => {
        clearTimeout(timer);
        resolve(code === null ? { how: 'killed', signal: signal ?? 'SIGKILL' } : { how: 'exited', code });
      });
  });
}

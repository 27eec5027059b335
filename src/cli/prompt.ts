import { createInterface } from 'node:readline/promises';
import { BmcloudError } from '../errors.ts';
import type { Environment } from './environment.ts';

/** Where questions are asked, and what ends the wait for an answer. */
export interface Terminal extends Pick<Environment, 'stdin' | 'stderr'> {
  signal: AbortSignal;
}

/** Whether there is somebody to ask. */
export function canAsk({ stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.interactive;
}

/** Asks for a line on the terminal. @throws `interrupted` on Ctrl-C, Ctrl-D, or `signal` */
export async function askLine({ stdin, stderr, signal }: Terminal, question: string): Promise<string> {
  const ended = new AbortController();
  await stderr.write(question);
  const lines = createInterface({ input: stdin, terminal: false });
  lines.on('close', () => ended.abort());
  try {
    return await lines.question('', { signal: AbortSignal.any([ended.signal, signal]) });
  } catch (error) {
    throw new BmcloudError('interrupted', 'No answer was given', { cause: error });
  } finally {
    lines.close();
  }
}

/** Asks for a line that does not appear on the terminal. @throws `interrupted` on Ctrl-C, Ctrl-D, or `signal` */
export async function askHidden({ stdin, stderr, signal }: Terminal, question: string): Promise<string> {
  // The echo is off before anybody is asked: who answers at once is not read over the shoulder.
  stdin.setRawMode(true);
  try {
    await stderr.write(question);
    return await readHidden(stdin, signal);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    await stderr.write('\n');
  }
}

function readHidden(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    const stop = () => {
      stdin.off('data', onData);
      signal.removeEventListener('abort', giveUp);
    };
    const giveUp = () => {
      stop();
      reject(new BmcloudError('interrupted', 'No passphrase was given'));
    };
    const onData = (piece: Buffer | string) => {
      const line = typeInto(typed, piece.toString());
      typed = line.text;
      if (line.end === 'interrupted') giveUp();
      if (line.end !== 'done') return;
      stop();
      resolve(typed);
    };
    signal.addEventListener('abort', giveUp);
    stdin.setEncoding('utf8');
    stdin.on('data', onData).resume();
  });
}

/** What a line becomes by key presses: backspace, Ctrl-U, enter, Ctrl-C, Ctrl-D. */
export function typeInto(before: string, keys: string): { text: string; end?: 'done' | 'interrupted' } {
  let text = before;
  for (const key of keys) {
    if (key === '\r' || key === '\n') return { text, end: 'done' };
    if (key === '\u0003') return { text: '', end: 'interrupted' };
    if (key === '\u0004') return { text, end: text === '' ? 'interrupted' : 'done' };
    if (key === '\u007f' || key === '\b') text = Array.from(text).slice(0, -1).join('');
    else if (key === '\u0015') text = '';
    else text += key;
  }
  return { text };
}

import { createInterface } from 'node:readline/promises';
import { BmcloudError } from '../errors.ts';
import type { Environment } from './environment.ts';

type Terminal = Pick<Environment, 'stdin' | 'stderr'>;

/** Whether there is somebody to ask. */
export function canAsk({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && stderr.interactive;
}

/** Asks for a line on the terminal. @throws `interrupted` on Ctrl-C */
export async function askLine({ stdin, stderr }: Terminal, question: string): Promise<string> {
  const interrupt = new AbortController();
  await stderr.write(question);
  const lines = createInterface({ input: stdin, terminal: false });
  lines.on('close', () => interrupt.abort());
  try {
    return await lines.question('', { signal: interrupt.signal });
  } catch (error) {
    throw new BmcloudError('interrupted', 'No answer was given', { cause: error });
  } finally {
    lines.close();
  }
}

/** Asks for a line that does not appear on the terminal. @throws `interrupted` on Ctrl-C */
export async function askHidden({ stdin, stderr }: Terminal, question: string): Promise<string> {
  await stderr.write(question);
  stdin.setRawMode(true);
  try {
    return await readHidden(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    await stderr.write('\n');
  }
}

function readHidden(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    const finish = (settle: () => void) => {
      stdin.off('data', onData);
      settle();
    };
    const onData = (piece: Buffer | string) => {
      const line = typeInto(typed, piece.toString());
      typed = line.text;
      if (line.end === 'done') finish(() => resolve(typed));
      if (line.end === 'interrupted') {
        finish(() => reject(new BmcloudError('interrupted', 'No passphrase was given')));
      }
    };
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

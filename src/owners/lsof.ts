import { holdingPhrase } from './search.ts';

/*
 * What `lsof -F pcLfalDin` prints: a field a line, its letter first (lsof(8), OUTPUT FOR OTHER PROGRAMS). Pure.
 */

/** `-f`: paths are plain files, also where a file system is mounted; `+c0`: whole names; the rest: ask no network, warn of nothing. */
export const lsofOptions = ['-w', '-n', '-P', '+c0', '-f', '-F', 'pcLfalDin', '--'];

/** A file that a process has open. */
export interface OpenFile {
  pid: number;
  program: string;
  user?: string;
  /** Device and inode as `1:2`, decimal. */
  id?: string;
  path: string;
  /** In words. */
  way: string;
}

type Fields = Partial<Record<string, string>>;

/** Reads what lsof printed; what is cut off at the end is left out. */
export function parseLsof(text: string): OpenFile[] {
  const found: OpenFile[] = [];
  let process: Fields = {};
  let file: Fields = {};
  for (const line of text.split('\n').slice(0, -1)) {
    const letter = line.charAt(0);
    const value = line.slice(1);
    if (letter === 'p') process = { p: value };
    else if (letter === 'f') file = { f: value };
    else if (letter === 'c' || letter === 'L') process[letter] = value;
    else file[letter] = value;
    if (letter === 'n') found.push(openFile(process, file));
  }
  return found;
}

function openFile({ p = '0', c = 'unknown', L }: Fields, file: Fields): OpenFile {
  const { D, i, n = '' } = file;
  return {
    pid: Number(p),
    program: unescaped(c),
    ...(L !== undefined && { user: L }),
    ...(D !== undefined && i !== undefined && { id: `${BigInt(D)}:${i}` }),
    path: unescaped(n),
    way: holdingPhrase(waysOf(file)),
  };
}

/** lsof writes what it cannot print, and blanks in names of programs, as `\x20`. */
function unescaped(text: string): string {
  return text.replace(/(?:\\x[0-9a-f]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('\\x', ''), 'hex').toString(),
  );
}

const descriptors: Partial<Record<string, string>> = {
  txt: 'running',
  mem: 'mapped into memory',
  mmap: 'mapped into memory',
  cwd: 'working directory',
  rtd: 'root directory',
};

const locks: Partial<Record<string, string>> = {
  r: 'read lock (part)',
  R: 'read lock (whole)',
  w: 'write lock (part)',
  W: 'write lock (whole)',
  u: 'read and write lock (whole)',
};

function waysOf({ f = '', a = '', l = '' }: Fields): string[] {
  const lock = locks[l];
  const special = descriptors[f];
  if (special !== undefined) return [special];
  return [
    ...(lock === undefined ? [] : [lock]),
    'wu'.includes(a || '-') ? 'open for writing' : 'open for reading',
  ];
}

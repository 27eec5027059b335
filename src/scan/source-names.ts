import type { ScanSource } from './batch.ts';

/** Names for the roots of one job (docs/format.md, section 8): of two alike, the later one gets a number. */
export function nameSources(paths: Uint8Array[]): ScanSource[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const name = firstFree(sourceName(path), taken);
    taken.add(name);
    return { name, path };
  });
}

/** The last component of an absolute path; `root` for `/`, the letter for a drive. */
export function sourceName(path: Uint8Array): string {
  const text = Buffer.from(path).toString();
  const drive = /^([A-Za-z]):\\*$/.exec(text)?.[1];
  if (drive) return drive.toUpperCase();
  // On POSIX a backslash is a letter like any other.
  const last = text.startsWith('/') ? text.split('/') : text.split(/[\\/]/);
  return last.findLast((component) => component !== '') ?? 'root';
}

/** The name, or if it is taken, the name with a number. */
export function firstFree(name: string, taken: ReadonlySet<string | undefined>): string {
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}-${number}`)) number++;
  return `${name}-${number}`;
}

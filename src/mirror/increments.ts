import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { INCREMENT, type RecordHeader } from './record.ts';
import { type RecordPlace, readHeader } from './record-reader.ts';

/*
 * The increments in a folder. Whatever else lies there, such as those of another program, is left alone: ours have a record of
 * their own name in them.
 */

export interface Increment extends RecordPlace {
  header: RecordHeader;
}

/** The newest last. @throws `damaged`, `newer-format` */
export async function listIncrements(to: string): Promise<Increment[]> {
  const increments: Increment[] = [];
  for (const name of namesIn(to)) {
    const file = recordFile(join(to, name), name);
    if (existsSync(file)) increments.push({ name, file, header: await readHeader({ name, file }) });
  }
  return increments.sort((a, b) => a.header.number - b.header.number);
}

export function recordFile(directory: string, name: string): string {
  return join(directory, `${name}.json`);
}

function namesIn(to: string): string[] {
  return existsSync(to) ? readdirSync(to).filter((name) => INCREMENT.test(name)) : [];
}

/** Runs of one moment follow one another by seconds; a clock that is further behind was set back. */
const NEARBY = 60;

/** A name that is free for an increment: its moment, in local time, or a later second, so that names sort as increments do. */
export function freeName(to: string, time: Date): string {
  const newest = namesIn(to).sort().at(-1) ?? '';
  for (let second = 0; second < NEARBY; second++) {
    const name = nameOf(new Date(time.getTime() + second * 1000));
    if (name > newest) return name;
  }
  for (let at = time.getTime(); ; at += 1000) {
    const name = nameOf(new Date(at));
    if (!existsSync(join(to, name))) return name;
  }
}

function nameOf(time: Date): string {
  const parts = (values: number[]) => values.map((value) => String(value).padStart(2, '0')).join('');
  const day = parts([time.getFullYear(), time.getMonth() + 1, time.getDate()]);
  return `backup_${day}_${parts([time.getHours(), time.getMinutes(), time.getSeconds()])}`;
}

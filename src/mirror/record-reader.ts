import { createReadStream, type ReadStream } from 'node:fs';
import { BmcloudError, messageOf } from '../errors.ts';
import { parseEntry, type RecordEntry, type RecordHeader, type RecordTrailer } from './record.ts';

/** A place of a record: the name of the increment, and its file. */
export interface RecordPlace {
  name: string;
  file: string;
}

const FILES = '"files": [';

/** The paths of a record, sorted, deleted ones too. @throws `damaged` */
export async function* readEntries({ name, file }: RecordPlace): AsyncGenerator<RecordEntry[]> {
  let inside = false;
  let ended = false;
  for await (const lines of linesOf(file)) {
    const batch: RecordEntry[] = [];
    for (const line of lines) {
      if (line.startsWith(']')) ended = true;
      else if (!inside) inside = line === FILES;
      else if (!ended && line !== '') batch.push(parseEntry(line.replace(/,$/, ''), name, file));
    }
    if (batch.length > 0) yield batch;
    if (ended) return;
  }
  throw damaged(file, 'it ends too early');
}

/** @throws `damaged` */
export async function readHeader({ file }: RecordPlace): Promise<RecordHeader> {
  let text = '';
  for await (const lines of linesOf(file)) {
    const end = lines.indexOf(FILES);
    text += lines.slice(0, end === -1 ? undefined : end).join('\n');
    if (end !== -1) return checkHeader(parse(`${text.replace(/,\s*$/, '')}}`, file), file);
  }
  throw damaged(file, 'it ends too early');
}

/** @throws `damaged` */
export async function readTrailer({ file }: RecordPlace): Promise<RecordTrailer> {
  let text: string | undefined;
  for await (const lines of linesOf(file)) {
    for (const line of lines) {
      if (text !== undefined) text += `${line}\n`;
      else if (line.startsWith(']')) text = '{';
    }
  }
  return parse(text ?? '', file) as RecordTrailer;
}

async function* linesOf(file: string): AsyncGenerator<string[]> {
  let rest = '';
  const stream = createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1024 });
  try {
    for await (const piece of stream as AsyncIterable<string>) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() as string;
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    throw damaged(file, messageOf(error));
  } finally {
    await closed(stream);
  }
  yield [rest];
}

/** Who has read a record may delete it at once, also on Windows. */
async function closed(stream: ReadStream): Promise<void> {
  stream.destroy();
  if (stream.closed) return;
  // Not `once` of events: an error, which may come with it, was dealt with.
  await new Promise<void>((resolve) => void stream.once('close', () => resolve()));
}

function checkHeader(value: unknown, file: string): RecordHeader {
  const header = value as Partial<RecordHeader>;
  if (header.program !== 'bmcloud mirror') throw damaged(file, 'it is no record of a mirror');
  if (header.format !== 1) {
    throw new BmcloudError('newer-format', `${file} was written by a newer bmcloud`, {
      hint: 'Update bmcloud',
    });
  }
  const right =
    Number.isSafeInteger(header.number) &&
    !Number.isNaN(Date.parse(String(header.time))) &&
    Array.isArray(header.sources) &&
    (header.platform === 'posix' || header.platform === 'windows');
  if (!right) throw damaged(file, 'its first lines are not those of a record');
  return header as RecordHeader;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(file, messageOf(error));
  }
}

function damaged(file: string, why: string): BmcloudError {
  return new BmcloudError('damaged', `${file} cannot be read: ${why}`, {
    hint: 'Move its increment elsewhere: the mirror goes on from the one before',
  });
}

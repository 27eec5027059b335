import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { whenFreeSync } from '../flow/held-files.ts';
import { entryLine, type RecordEntry, type RecordHeader, type RecordTrailer } from './record.ts';

const BATCH = 256 * 1024;

/** How the name of a record ends that is not whole. */
export const HALF = '.json.new';

/** Writes a record under a temporary name, line by line; it gets its own when it is whole. */
export class RecordWriter {
  readonly #file: string;
  readonly #own: string;
  readonly #descriptor: number;
  #text: string;
  #isFirst = true;

  /** @param own the name of the increment */
  constructor(file: string, own: string, header: RecordHeader) {
    this.#file = file;
    this.#own = own;
    this.#descriptor = openSync(temporary(file), 'w', 0o600);
    this.#text = `${JSON.stringify(header, undefined, 1).slice(0, -2)},\n"files": [\n`;
  }

  add(entry: RecordEntry): void {
    this.#text += `${this.#isFirst ? '' : ',\n'}${entryLine(entry, this.#own)}`;
    this.#isFirst = false;
    if (this.#text.length > BATCH) this.#flush();
  }

  finish(trailer: RecordTrailer): void {
    this.#text += `\n],\n${JSON.stringify(trailer, undefined, 1).slice(2)}\n`;
    this.#flush();
    fsyncSync(this.#descriptor);
    this.close();
    whenFreeSync(() => renameSync(temporary(this.#file), this.#file));
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
    this.#text = '';
  }
}

function temporary(file: string): string {
  return file.replace(/\.json$/, HALF);
}

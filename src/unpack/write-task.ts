import { type AttributeSettings, Attributes } from '../download/attributes.ts';
import type { Lost } from '../download/outcome.ts';
import { type Existing, type FileToWrite, type Written, writeWhole } from './write-file.ts';

/** Plain data: all tasks of a thread share them. */
export interface WriteSettings {
  existing: Existing;
  attributes: AttributeSettings;
}

/** Small files, their data one after the other. */
export interface WriteTask {
  files: (FileToWrite & { length: number })[];
  data: Uint8Array;
}

export interface WriteResult {
  written: Written[];
  /** Attributes that the system refused. */
  lost: Lost[];
}

/** What a thread does. @throws `disk-full`, `target` */
export function writerOf({
  existing,
  attributes: settings,
}: WriteSettings): (task: WriteTask) => WriteResult {
  const attributes = new Attributes(settings);
  return ({ files, data }) => {
    let at = 0;
    const written = files.map((file) => {
      const bytes = data.subarray(at, at + file.length);
      at += file.length;
      return writeWhole(placed(file), bytes, existing, attributes);
    });
    return { written, lost: [...attributes.lost] };
  };
}

/** On its way to a thread a Buffer becomes plain bytes, which is no path. */
function placed(file: FileToWrite): FileToWrite {
  return typeof file.place === 'string' ? file : { ...file, place: Buffer.from(file.place) };
}

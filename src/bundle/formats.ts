import { GatheringSink, type Sink } from '../archive/sink.ts';
import { TarWriter } from '../archive/tar-writer.ts';
import type { ArchiveWriter } from '../archive/writer.ts';
import { ZipWriter } from '../archive/zip-writer.ts';
import { ZstdSink } from '../archive/zstd-sink.ts';

/** What an archive can be written as. */
export type ArchiveFormat = 'zip' | 'tar' | 'tar.zst';

const ZIP_LEVEL = 6;
const ZSTD_LEVEL = 3;

/** @param level how hard to compress; default: what is usual for the format. A tar is not compressed. */
export function writerFor(format: ArchiveFormat, sink: Sink, level?: number): ArchiveWriter {
  if (format === 'zip') return new ZipWriter(new GatheringSink(sink), level ?? ZIP_LEVEL);
  if (format === 'tar') return new TarWriter(new GatheringSink(sink));
  return new TarWriter(new GatheringSink(new ZstdSink(sink, level ?? ZSTD_LEVEL)));
}

declare module 'yauzl' {
  import type { Readable } from 'node:stream';

  export interface ZipEntry {
    fileNameRaw: Buffer;
    generalPurposeBitFlag: number;
    versionMadeBy: number;
    compressionMethod: number;
    crc32: number;
    compressedSize: number;
    uncompressedSize: number;
    externalFileAttributes: number;
    extraFields: { id: number; data: Buffer }[];
    getLastModDate(): Date;
    canDecodeFileData(): boolean;
    isEncrypted(): boolean;
  }

  export interface ZipFile {
    /** May be called once. */
    eachEntry(): AsyncIterable<ZipEntry>;
    openReadStreamPromise(entry: ZipEntry): Promise<Readable>;
    close(): void;
  }

  export function openPromise(
    path: string,
    options: { autoClose: boolean; decodeStrings: boolean; validateEntrySizes: boolean },
  ): Promise<ZipFile>;

  /** The name as text, by whichever of three ways it is told. */
  export function getFileNameLowLevel(
    flags: number,
    name: Buffer,
    extraFields: { id: number; data: Buffer }[],
    strict: boolean,
  ): string;
}

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
    /** How many entries are read; another value counts from the next call on. */
    entryCount: number;
    entriesRead: number;
    /** Where the next entry of the directory lies. */
    readEntryCursor: number;
    fileSize: number;
    /** May be called once. */
    eachEntry(): AsyncIterable<ZipEntry>;
    openReadStreamPromise(entry: ZipEntry): Promise<Readable>;
    /**
     * Bytes `from` to `to`, counted from `start`; neither checked nor, without `inflate`, decoded. Its sister that gives a promise
     * calls another function (3.4.0).
     */
    openReadStreamLowLevel(
      start: number,
      packedSize: number,
      from: number,
      to: number,
      inflate: false,
      size: null,
      callback: (error: Error | null, stream: Readable) => void,
    ): void;
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

import { programOf, sha256Of } from '../../packaging/launcher/program.ts';

/** A program as an executable carries it, of files given by their text. */
export function packed(files: Record<string, string>, version = '1.2.3') {
  const list = Object.entries(files).map(([path, text]) => ({
    path,
    size: Buffer.byteLength(text),
    sha256: sha256Of(Buffer.from(text)),
  }));
  const bytes = Buffer.from(Object.values(files).join(''));
  return programOf(Buffer.from(JSON.stringify({ version, files: list })), () => bytes);
}

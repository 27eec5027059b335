import { readFileSync } from 'node:fs';

/** The program's name and version, as manifests record them. */
export function toolVersion(): string {
  const facts = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return `bmcloud ${facts.version}`;
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const directory = fileURLToPath(new URL('golden/', import.meta.url));

/** Compares a text with the file of that name under golden/; BMCLOUD_UPDATE_GOLDEN=1 writes it instead. */
export function expectGolden(name: string, text: string): void {
  const file = path.join(directory, name);
  if (process.env.BMCLOUD_UPDATE_GOLDEN) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}

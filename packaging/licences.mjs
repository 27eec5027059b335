import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The licences of packages that are given away with ours, one after the other.
 * @param packages as `{ name, directory }`
 */
export function licencesOf(packages) {
  const texts = packages.flatMap(({ name, directory }) =>
    readdirSync(directory)
      .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
      .map((file) => titled(`${name}: ${file}`, readFileSync(join(directory, file), 'utf8'))),
  );
  return texts.join('\n\n');
}

function titled(title, text) {
  return `${title}\n${'='.repeat(title.length)}\n\n${text.trim()}\n`;
}

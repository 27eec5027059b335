import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { exitCodeOf } from '../src/cli/exit-codes.ts';
import { type ErrorCode, isBmcloudError } from '../src/errors.ts';
import { parseMoment } from '../src/model/moment.ts';
import { parseS3Location } from '../src/store/s3-location.ts';

/*
 * The papers say what is so: every command, flag, error code and link that they name exists, and what exists is described.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');
const papers = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface ManifestCommand {
  id: string;
  summary?: string;
  description?: string;
  examples?: unknown[];
  flags: Record<string, { summary?: string; description?: string; char?: string }>;
}
const { commands } = JSON.parse(textOf('oclif.manifest.json')) as {
  commands: Record<string, ManifestCommand>;
};
const ids = Object.keys(commands).map((id) => id.replaceAll(':', ' '));

/** What documents show as typed, `like this` or indented. */
function typed(text: string): string[] {
  const inline = Array.from(text.matchAll(/`([^`\n]+)`/g), ([, code]) => code as string);
  const blocks = text.split('\n').filter((line) => line.startsWith('    '));
  return [...inline, ...blocks];
}

test('commands that are named exist', () => {
  const unknown = papers.flatMap((file) =>
    typed(textOf(file)).flatMap((code) =>
      Array.from(
        code.matchAll(/(?:^|[$\s"])(?<!let )bmcloud ((?:[a-z]+ ?)+)/g),
        ([, words]) => words as string,
      )
        .filter(
          (words) => !ids.some((id) => `${words} `.startsWith(`${id} `) || `${id} `.startsWith(words.trim())),
        )
        .map((words) => `${file}: bmcloud ${words}`),
    ),
  );
  expect(unknown).toEqual([]);
});

test('flags that are named exist', () => {
  const flags = new Set(Object.values(commands).flatMap((command) => Object.keys(command.flags)));
  const others = new Set(['version', 'help']);
  const unknown = papers.flatMap((file) =>
    typed(textOf(file))
      .filter((code) => !/^\s*(npm|npx|node|schtasks|git|docker|vitest) /.test(code))
      .flatMap((code) =>
        Array.from(code.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g), ([, name]) => name as string),
      )
      .filter((name) => !flags.has(name.replace(/^no-/, '')) && !flags.has(name) && !others.has(name))
      .map((name) => `${file}: --${name}`),
  );
  expect(unknown).toEqual([]);
});

test('moments are written as they may be', () => {
  const moments = papers.flatMap((file) =>
    typed(textOf(file)).flatMap((code) =>
      Array.from(code.matchAll(/--(?:at|since|until) (?:"([^"…]+)"|([a-z0-9]+\b))/g), ([, quoted, word]) => ({
        file,
        text: (quoted ?? word) as string,
      })),
    ),
  );
  expect(moments.length).toBeGreaterThan(5);
  const refused = moments.filter(({ text }) => {
    try {
      parseMoment(text, new Date());
      return false;
    } catch (error) {
      if (!isBmcloudError(error, 'usage')) throw error;
      return true;
    }
  });
  expect(refused).toEqual([]);
});

test('every command is in the README, and says what it does and how', () => {
  const readme = textOf('README.md');
  for (const [id, command] of Object.entries(commands)) {
    const [topic = '', name] = id.split(':');
    expect(readme, id).toContain(`bmcloud ${topic}`);
    if (name) expect(readme, id).toContain(`\`${name}\``.slice(0, -1));
    expect(command.summary ?? command.description, id).toBeTruthy();
    expect(command.examples?.length, `examples of ${id}`).toBeGreaterThan(0);
    for (const [flag, { summary, description }] of Object.entries(command.flags))
      expect(summary ?? description, `${id} --${flag}`).toBeTruthy();
  }
});

test('every error code is described, with its exit code', () => {
  const codes = Array.from(
    textOf('src/errors.ts').matchAll(/^ {2}\| '([a-z-]+)'/gm),
    ([, code]) => code as ErrorCode,
  );
  const rows = Array.from(
    textOf('docs/errors.md').matchAll(/^\| `([a-z-]+)` \|.*\| (\d+) \|$/gm),
    ([, code, exit]) => [code, Number(exit)],
  );
  expect(codes.length).toBeGreaterThan(20);
  expect(rows).toEqual(codes.map((code) => [code, exitCodeOf(code)]));
});

test('the options of a location in S3 are described, each', () => {
  const described = Array.from(
    textOf('docs/s3.md').matchAll(/^\| `([a-z-]+)` \|/gm),
    ([, name]) => name as string,
  );
  expect(() => parseS3Location('s3://bucket?nothing=1', 's3')).toThrow(
    expect.objectContaining({ hint: expect.stringContaining(`Options are ${described.join(', ')}, for`) }),
  );
});

test('links between the papers lead somewhere', () => {
  const broken = papers.flatMap((file) =>
    Array.from(textOf(file).matchAll(/\]\((?!https?:)([^)#]+)/g), ([, target]) =>
      relative(root, join(root, dirname(file), target as string)),
    ).filter((target) => !existsSync(join(root, target))),
  );
  expect(broken).toEqual([]);
});

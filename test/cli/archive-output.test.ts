import path from 'node:path';
import { expect, test } from 'vitest';
import { formatOf, levelOf, targetOf } from '../../src/cli/archive-output.ts';

test('the format is the one that was named, or that the name ends with', () => {
  expect(formatOf(undefined, 'A.ZIP')).toBe('zip');
  expect(formatOf(undefined, 'a.tar')).toBe('tar');
  expect(formatOf(undefined, 'a.tar.zst')).toBe('tar.zst');
  expect(formatOf(undefined, 'a.tzst')).toBe('tar.zst');
  expect(formatOf('zip', 'a.tar')).toBe('zip');
  for (const unclear of ['-', 'a', 'a.tar.gz', 'zip'])
    expect(() => formatOf(undefined, unclear)).toThrow(/is not clear/);
});

test('levels are those of the format', () => {
  expect(levelOf(undefined, 'tar')).toEqual({});
  expect(levelOf('0', 'zip')).toEqual({ level: 0 });
  expect(levelOf('19', 'tar.zst')).toEqual({ level: 19 });
  expect(() => levelOf('10', 'zip')).toThrow(/from 0 to 9/);
  expect(() => levelOf('0', 'tar.zst')).toThrow(/from 1 to 19/);
  expect(() => levelOf('1', 'tar')).toThrow(/not compressed/);
});

function screen(options: { interactive?: boolean; closed?: boolean } = {}) {
  const written: Uint8Array[] = [];
  return {
    written,
    interactive: options.interactive ?? false,
    colour: false,
    closed: options.closed ?? false,
    columns: () => 80,
    write: async (bytes: string | Uint8Array) => void written.push(Buffer.from(bytes)),
  };
}

test('an archive goes to a file, or to a stream that somebody reads', async () => {
  const stdout = screen();
  expect(targetOf('a.zip', true, { cwd: '/somewhere', stdout }, 'json')).toEqual({
    file: path.resolve('/somewhere', 'a.zip'),
    overwrite: true,
  });
  const target = targetOf('-', false, { cwd: '/', stdout }, 'text') as {
    write(bytes: Uint8Array): Promise<void>;
  };
  await target.write(Buffer.from('archive'));
  expect(Buffer.concat(stdout.written).toString()).toBe('archive');
});

test('never to a terminal, nor between lines of JSON, nor to nobody', async () => {
  const of = (stdout: ReturnType<typeof screen>, mode: 'text' | 'json' | 'json-stream') =>
    targetOf('-', false, { cwd: '/', stdout }, mode) as { write(bytes: Uint8Array): Promise<void> };
  expect(() => of(screen({ interactive: true }), 'text')).toThrow(/not for a terminal/);
  expect(() => of(screen(), 'json')).toThrow(/JSON/);
  expect(() => of(screen(), 'json-stream')).toThrow(/JSON/);
  await expect(of(screen({ closed: true }), 'text').write(Buffer.from('x'))).rejects.toMatchObject({
    code: 'target',
  });
});

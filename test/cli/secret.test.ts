import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readNewSecret, readSecret, secretOrigin } from '../../src/cli/secret.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';
import { fakeEnvironment } from '../fixtures/screen.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-secret-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('where it comes from', () => {
  const environment = (env: Record<string, string> = {}) => ({ env, cwd: '/d' });
  const none = { values: {} };

  test('flags, then the environment, then the configuration, then the user', () => {
    const env = { BMCLOUD_PASSPHRASE: 'words' };
    const config = { values: { keyFile: '/k' } };
    expect(secretOrigin({ 'passphrase-file': 'p' }, environment(env), config)).toEqual({
      from: 'file',
      file: path.resolve('/d/p'),
    });
    expect(secretOrigin({}, environment(env), config)).toEqual({ from: 'variable', text: 'words' });
    expect(secretOrigin({}, environment(), config)).toEqual({
      from: 'key-file',
      file: path.resolve('/k'),
    });
    expect(secretOrigin({}, environment(), none)).toEqual({ from: 'prompt' });
  });

  test('a command of the configuration starts beside it, one of a flag where the user is', () => {
    const config = { file: path.resolve('/etc/b.json'), values: { passphraseCommand: './show' } };
    expect(secretOrigin({}, environment(), config)).toEqual({
      from: 'command',
      command: './show',
      cwd: path.resolve('/etc'),
    });
    expect(secretOrigin({ 'passphrase-command': './x' }, environment(), config)).toEqual({
      from: 'command',
      command: './x',
    });
  });

  test('two at once are refused, not chosen from', () => {
    const flags = { 'passphrase-file': 'p', 'key-file': 'k' };
    expect(() => secretOrigin(flags, environment(), none)).toThrow(
      '--passphrase-file and --key-file are both given',
    );
    const env = { BMCLOUD_PASSPHRASE: 'a', BMCLOUD_KEY_FILE: 'k' };
    expect(() => secretOrigin({}, environment(env), none)).toThrow('BMCLOUD_PASSPHRASE and BMCLOUD_KEY_FILE');
  });

  test('empty variables are as good as none', () => {
    expect(secretOrigin({}, environment({ BMCLOUD_PASSPHRASE: '' }), none)).toEqual({ from: 'prompt' });
  });
});

describe('reading it', () => {
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  beforeEach(() => {
    warnings.length = 0;
  });

  async function file(text: string, mode = 0o600): Promise<string> {
    const name = path.join(directory, 'secret');
    await writeFile(name, text);
    await chmod(name, mode);
    return name;
  }

  test('a file loses its last line end, and no other blank', async () => {
    const secret = await readSecret(
      { from: 'file', file: await file(' two words \n') },
      fakeEnvironment(),
      warn,
    );
    expect(secret).toEqual({ kind: 'passphrase', passphrase: ' two words ' });
    expect(warnings).toEqual([]);
  });

  test.skipIf(lacks('modes'))('a file that others can read gets a warning', async () => {
    await readSecret({ from: 'file', file: await file('x', 0o644) }, fakeEnvironment(), warn);
    expect(warnings).toEqual([expect.stringContaining('can be read by others')]);
  });

  test('an empty or missing file is an error', async () => {
    const environment = fakeEnvironment();
    await expect(
      readSecret({ from: 'file', file: await file('\n') }, environment, warn),
    ).rejects.toMatchObject({
      code: 'config',
    });
    const missing = { from: 'file', file: path.join(directory, 'none') } as const;
    await expect(readSecret(missing, environment, warn)).rejects.toMatchObject({ code: 'config' });
  });

  test('a command gives its output, or an error that does not repeat it', async () => {
    const secret = await readSecret({ from: 'command', command: 'echo words' }, fakeEnvironment(), warn);
    expect(secret).toEqual({ kind: 'passphrase', passphrase: 'words' });
    const failing = readSecret(
      { from: 'command', command: isWindows ? 'echo hunter2& exit 3' : 'echo hunter2; exit 3' },
      fakeEnvironment(),
      warn,
    );
    await expect(failing).rejects.toMatchObject({
      code: 'config',
      message: 'The passphrase command failed (3)',
    });
  });

  test('without a terminal nobody is asked', async () => {
    await expect(readSecret({ from: 'prompt' }, fakeEnvironment(), warn)).rejects.toMatchObject({
      code: 'no-key',
    });
    await expect(readNewSecret({ from: 'prompt' }, fakeEnvironment(), warn)).rejects.toMatchObject({
      code: 'no-key',
    });
  });
});

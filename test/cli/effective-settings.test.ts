import path from 'node:path';
import { expect, test } from 'vitest';
import { accessOf } from '../../src/cli/access.ts';
import { parseConfig, settingsOfJob } from '../../src/cli/config.ts';
import { type EffectiveParts, effectiveSettings } from '../../src/cli/effective-settings.ts';
import { type GlobalFlags, limitsOf } from '../../src/cli/flags.ts';
import { settingsReport } from '../../src/cli/report-settings.ts';
import { canonicalLocation } from '../../src/index.ts';

const at = (name: string) => path.resolve('/', name);
const directories = { cache: at('c'), state: at('s'), config: at('k'), data: at('d') };
const noFlags: GlobalFlags = { 'accept-rollback': false, quiet: false, verbose: false, 'no-progress': false };

async function partsOf(
  text: object,
  flags: Partial<GlobalFlags> = {},
  env: Record<string, string> = {},
): Promise<EffectiveParts> {
  const values = await parseConfig(JSON.stringify(text), '/etc/bmcloud.json');
  const all = { ...noFlags, ...flags };
  return {
    values,
    flags: all,
    env,
    accessIn: (said) => accessOf(all, { env, cwd: at('cwd') }, { values: said }, directories),
    limitsIn: (said) => limitsOf(all, said.limits),
    shownLocation: canonicalLocation,
  };
}

const config = {
  repository: 's3://bucket/laptop',
  keyFile: '/top.key',
  level: 2,
  hooks: { before: 'SECRET', timeout: '5m' },
  profiles: {
    near: { extends: 'far', retries: 9, limits: { upload: '1M' } },
    far: { retries: 8, shadow: 'always', passphraseCommand: 'echo SECRET', hooks: { onError: 'SECRET' } },
  },
  jobs: {
    a: {
      profile: 'near',
      sources: ['/x'],
      exclude: ['*.o'],
      hooks: { after: { command: 'c', timeout: '1s' } },
    },
    b: { src: '/y', track_dirs: ['.'], max_workers: 3, schedule: { daily: '02:30' } },
  },
};

test('each setting says where it is from: job, profile, file, nowhere', async () => {
  const settings = effectiveSettings(await partsOf(config), 'a');
  expect(settings).toMatchObject({
    repository: { value: 's3://bucket/laptop', from: 'file' },
    unlockedBy: { value: 'what a command prints', from: 'profile far' },
    sources: { value: [at('x')], from: 'job' },
    exclude: { value: ['*.o'], from: 'job' },
    retries: { value: 9, from: 'profile near' },
    shadow: { value: 'always', from: 'profile far' },
    level: { value: 2, from: 'file' },
    retryDelay: { value: 1000, from: 'default' },
    'limits.upload': { value: 1_048_576, from: 'profile near' },
    'limits.download': { value: 'none', from: 'default' },
    'hooks.before': { value: { command: true, timeout: 300_000 }, from: 'file' },
    'hooks.after': { value: { command: true, timeout: 1000 }, from: 'job' },
    'hooks.onError': { from: 'profile far' },
  });
  expect(JSON.stringify(settings)).not.toContain('SECRET');
});

test('they are those that a push takes', async () => {
  const parts = await partsOf(config);
  const taken = settingsOfJob(parts.values, 'a');
  const shown = effectiveSettings(parts, 'a');
  for (const [name, value] of Object.entries(taken))
    if (name in shown && name !== 'repository') expect([name, shown[name]?.value]).toEqual([name, value]);
});

test('the short form has its own lists, and no rules that do not count there', async () => {
  const settings = effectiveSettings(await partsOf(config), 'b');
  expect(settings).toMatchObject({
    src: { value: at('y'), from: 'job' },
    track_dirs: { value: ['.'], from: 'job' },
    workers: { value: 3, from: 'job' },
    schedule: { value: { daily: '02:30' }, from: 'job' },
    unlockedBy: { value: `the key in ${at('top.key')}`, from: 'file' },
  });
  expect(Object.keys(settings)).not.toContain('ignoreFiles');
});

test('flags and variables win', async () => {
  const env = { BMCLOUD_REPO: '/env', BMCLOUD_KEY_FILE: '/env.key' };
  expect(effectiveSettings(await partsOf(config, {}, env), 'a')).toMatchObject({
    repository: { value: at('env'), from: 'BMCLOUD_REPO' },
    unlockedBy: { value: `the key in ${at('env.key')}`, from: 'BMCLOUD_KEY_FILE' },
  });
  const flags = { repo: '/flag', 'passphrase-file': '/p', 'limit-upload': '2K' };
  expect(effectiveSettings(await partsOf(config, flags, env), 'a')).toMatchObject({
    repository: { value: at('flag'), from: '--repo' },
    unlockedBy: { value: `the passphrase in ${at('p')}`, from: '--passphrase-file' },
    'limits.upload': { value: 2048, from: '--limit-upload' },
  });
  expect(effectiveSettings(await partsOf({}))).toMatchObject({
    repository: { value: path.join(at('d'), 'repository'), from: 'default' },
    unlockedBy: { value: `the key in ${path.join(at('k'), 'repository.key')}`, from: 'default' },
  });
});

test('people read a line each', async () => {
  const settings = effectiveSettings(await partsOf(config), 'b');
  const report = settingsReport('Job b', settings, 80);
  expect(report).toMatch(/^Job b\nSETTING +VALUE +FROM\n/);
  expect(report).toMatch(/^schedule +daily 02:30 +job$/m);
  expect(report).toMatch(/^hooks\.before +a command, for 5 min at most +file$/m);
  expect(report).toMatch(/^readSize +4\.0 MiB +default$/m);
});

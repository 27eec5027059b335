import { describe, expect, test } from 'vitest';
import { refuseSecrets, secretIn } from '../../src/schedule/secrets.ts';
import { keptVariables, secretVariables } from '../../src/schedule/variables.ts';

describe('arguments', () => {
  test.each([
    ['s3+https://AKIAIOSFODNN7EXAMPLE:wJalr@minio:9000/b'],
    ['--repo=s3://key:secret@bucket/prefix'],
    ['https://user:pw@proxy'],
    ['BMC1-ABCD-EFGH'],
    ['--key-file=bmc1-abcd'],
    ['AKIAIOSFODNN7EXAMPLE'],
    ['s3://b?X-Amz-Signature=00ff'],
    ['PGPASSWORD=hunter2 pg_dump shop'],
    ['mysqldump --password=hunter2 shop'],
    ['curl -H "Token: x" --access-key=abc'],
    ['--password=x'],
  ])('refused: %s', (text) => {
    expect(() => refuseSecrets(['~/Documents', text])).toThrow(/must not hold secrets/);
    try {
      refuseSecrets([text]);
    } catch (error) {
      expect(String(error)).not.toContain(text);
    }
  });

  test.each([
    ['/home/me/passwords'],
    ['/data/secret=1/token=2'],
    ['s3+https://minio:9000/b?profile=backup'],
    ['--passphrase-file=/etc/bmcloud/passphrase'],
    ['--passphrase-command=pass show backup'],
    ['pg_dump shop'],
    ['me@example.org'],
    ['--tag=token'],
  ])('taken: %s', (text) => {
    expect(secretIn(text)).toBeUndefined();
  });
});

describe('variables', () => {
  const env = {
    BMCLOUD_REPO: 's3://b/p',
    BMCLOUD_PASSPHRASE: 'words',
    AWS_PROFILE: 'backup',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'x',
    HTTPS_PROXY: 'http://me:pw@proxy:3128',
    NO_PROXY: 'localhost',
    PATH: '/usr/bin',
    LD_PRELOAD: '/x.so',
    TZ: '',
  };

  test('what says where things are is kept, secrets and strangers are not', () => {
    expect(keptVariables(env, 'linux')).toEqual({
      BMCLOUD_REPO: 's3://b/p',
      AWS_PROFILE: 'backup',
      NO_PROXY: 'localhost',
      PATH: '/usr/bin',
    });
    expect(keptVariables(env, 'win32')).not.toHaveProperty('PATH');
  });

  test('secrets that are left behind are named', () => {
    expect(secretVariables(env)).toEqual(['BMCLOUD_PASSPHRASE', 'AWS_SECRET_ACCESS_KEY', 'HTTPS_PROXY']);
    expect(secretVariables({})).toEqual([]);
  });
});

import { secretIn } from './secrets.ts';

/*
 * A job that the system starts does not have the variables of the shell in which it was added. What says where things are goes with
 * the schedule, so that what works in the shell works in the job; what is a secret does not.
 */

const kept = [
  'BMCLOUD_REPO BMCLOUD_CONFIG BMCLOUD_PASSPHRASE_FILE BMCLOUD_PASSPHRASE_COMMAND BMCLOUD_KEY_FILE',
  'AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_CA_BUNDLE',
  'AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE',
  'HTTPS_PROXY https_proxy HTTP_PROXY http_proxy NO_PROXY no_proxy ALL_PROXY all_proxy',
  'NODE_EXTRA_CA_CERTS TZ',
].flatMap((names) => names.split(' '));

const secrets = ['BMCLOUD_PASSPHRASE', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

type Variables = Record<string, string | undefined>;

/** The variables that go with a schedule. Commands it runs are found where they are found now. */
export function keptVariables(env: Variables, platform: NodeJS.Platform): Record<string, string> {
  const names = platform === 'win32' ? kept : [...kept, 'PATH'];
  const found = names.flatMap((name) => {
    const value = env[name];
    return value && secretIn(value) === undefined ? [[name, value]] : [];
  });
  return Object.fromEntries(found) as Record<string, string>;
}

/** Names of variables that are set, matter, and are left behind because they hold secrets. */
export function secretVariables(env: Variables): string[] {
  const held = kept.filter((name) => env[name] && secretIn(env[name]) !== undefined);
  return [...secrets.filter((name) => env[name]), ...held];
}

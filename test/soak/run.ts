import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Client } from 'minio';
import { openDesk } from '../fixtures/s3-desk.ts';
import { type SoakOptions, soak } from './soak.ts';

/*
 * npm run soak -- [--minutes 60] [--restarts 12] [--seed 1] [--directory]
 * Against MinIO, or with --directory a directory. The program must be built.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    restarts: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    directory: { type: 'boolean', default: false },
  },
});

const desk = values.directory ? undefined : await openDesk();
try {
  const options: SoakOptions = {
    seconds: Number(values.minutes) * 60,
    restarts: Number(values.restarts),
    seed: Number(values.seed),
    ...(desk && (await bucketOf(desk.url))),
    log: (line) => void process.stdout.write(`${new Date().toISOString()} ${line}\n`),
  };
  process.stdout.write(`${JSON.stringify(await soak(options))}\nNothing was lost\n`);
} finally {
  await desk?.close();
}

async function bucketOf(url: string): Promise<Pick<SoakOptions, 'repository' | 'env'>> {
  const { endpoint, accessKey, secretKey } = (await (await fetch(`${url}/minio`)).json()) as Record<
    'endpoint' | 'accessKey' | 'secretKey',
    string
  >;
  const { hostname, port } = new URL(endpoint);
  const where = { endPoint: hostname, port: Number(port), useSSL: false, region: 'us-east-1' };
  const bucket = `soak-${randomBytes(5).toString('hex')}`;
  await new Client({ ...where, accessKey, secretKey }).makeBucket(bucket, 'us-east-1');
  return {
    repository: `s3+${endpoint}/${bucket}`,
    env: { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey },
  };
}

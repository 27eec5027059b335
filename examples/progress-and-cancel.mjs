// Shows progress, stops in the middle by an AbortSignal, and goes on where it stopped.
//   node examples/progress-and-cancel.mjs DIRECTORY
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { argv } from 'node:process';
import { backupDirectory, initRepository, isBmcloudError } from 'bmcloud';

const root = resolve(argv[2] ?? 'bmcloud-example');
const photos = join(root, 'photos');
await mkdir(photos, { recursive: true });
for (let i = 0; i < 60; i++) await writeFile(join(photos, `${i}.raw`), randomBytes(1 << 20));

const { repository } = await initRepository({
  location: join(root, 'repository'),
  secret: async () => ({ kind: 'passphrase', passphrase: 'correct horse battery staple' }),
  directories: { cache: join(root, 'cache'), state: join(root, 'state'), config: join(root, 'config') },
  env: {},
});

const stop = new AbortController();
const onProgress = (current) => {
  if (current > 20e6) stop.abort();
};
try {
  await backupDirectory(photos, { repository, onProgress, signal: stop.signal });
} catch (error) {
  if (!isBmcloudError(error, 'interrupted')) throw error;
  console.log('stopped');
}
const { partialResumed, statistics } = await backupDirectory(photos, { repository });
console.log(partialResumed ? 'went on' : 'began again', `with ${statistics.files} files`);
await repository.close();

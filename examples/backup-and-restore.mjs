// Makes a repository, backs a directory up, changes it, and brings the first state back.
//   node examples/backup-and-restore.mjs DIRECTORY
// DIRECTORY is made: everything happens below it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { argv } from 'node:process';
import { backupDirectory, initRepository, restore } from 'bmcloud';

const root = resolve(argv[2] ?? 'bmcloud-example');
const documents = join(root, 'documents');
await mkdir(documents, { recursive: true });
await writeFile(join(documents, 'letter.txt'), 'Dear Ann');

const { repository, recoveryKey } = await initRepository({
  location: join(root, 'repository'), // or s3://bucket/prefix
  secret: async () => ({ kind: 'passphrase', passphrase: 'correct horse battery staple' }),
  directories: { cache: join(root, 'cache'), state: join(root, 'state'), config: join(root, 'config') },
  env: {},
});
console.log(`made ${repository.location}; the recovery key has ${recoveryKey.length} characters`);

try {
  const first = await backupDirectory(documents, { repository });
  console.log(`snapshot ${first.snapshot}: ${first.statistics.files} file`);

  await writeFile(join(documents, 'letter.txt'), 'Dear Bob');
  const second = await backupDirectory(documents, { repository });
  console.log(`snapshot ${second.snapshot}: ${second.statistics.changed} changed`);

  await restore(repository, {
    at: { snapshot: first.snapshot },
    paths: [],
    target: { to: join(root, 'restored') },
    overwrite: 'if-different',
    deleteExtra: false,
    dryRun: false,
    verify: true,
    confirm: async () => true,
    partial: false,
    ownership: false,
  });
  console.log(await readFile(join(root, 'restored', 'letter.txt'), 'utf8'));
} finally {
  await repository.close();
}

// Keeps a directory backed up until it was pushed twice, then makes a zip of the newest snapshot and says whether the directory still is that.
//   node examples/watch-and-export.mjs DIRECTORY
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { argv } from 'node:process';
import { compareFingerprint, exportSnapshot, initRepository, watch } from 'bmcloud';

const root = resolve(argv[2] ?? 'bmcloud-example');
const notes = join(root, 'notes');
await mkdir(notes, { recursive: true });
await writeFile(join(notes, 'first.txt'), 'first\n');

const { repository } = await initRepository({
  location: join(root, 'repository'),
  secret: async () => ({ kind: 'passphrase', passphrase: 'correct horse battery staple' }),
  directories: { cache: join(root, 'cache'), state: join(root, 'state'), config: join(root, 'config') },
  env: {},
});

const options = {
  sources: [notes],
  cwd: root,
  host: hostname(),
  user: userInfo().username,
  tags: [],
  oneFileSystem: false,
  excludeCaches: false,
  allowEmpty: false,
  adoptJob: false,
  skipUnchanged: false,
  dryRun: false,
  waitForLock: true,
  ownDirectories: [],
};
const job = { name: 'notes', repository: async () => repository, options };
const stop = new AbortController();
let pushes = 0;
for await (const event of watch([job], { interval: 500, debounce: 100, minDistance: 0, stop: stop.signal })) {
  if (event.type === 'failed') throw event.error;
  if (event.type !== 'pushed') continue;
  console.log(`pushed ${event.result.statistics.new} new`);
  if (++pushes === 1) await writeFile(join(notes, 'second.txt'), 'second\n');
  else stop.abort();
}

const { files } = await exportSnapshot(repository, {
  at: { latest: true },
  paths: [],
  format: 'zip',
  to: { file: join(root, 'notes.zip'), overwrite: true },
});
const { equal } = await compareFingerprint(repository, {
  path: notes,
  cwd: root,
  at: { latest: true },
  oneFileSystem: false,
  excludeCaches: false,
});
console.log(`notes.zip has ${files} files; the directory ${equal ? 'is' : 'is not'} what it was`);
await repository.close();

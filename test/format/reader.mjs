// An independent reader of repositories, written from docs/format.md alone: it shares no line with the program.
//   BMCLOUD_PASSPHRASE=… node reader.mjs DIRECTORY JOB|- NUMBER|latest TARGET
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { demand, FormatError } from './reader/bytes.mjs';
import { checkFormat, openSlot } from './reader/keys.mjs';
import { loadManifests, stateAt } from './reader/manifests.mjs';
import { loadOwnerRecords } from './reader/owner-records.mjs';
import { restoreEntries } from './reader/restore.mjs';
import { localStore } from './reader/store.mjs';
import { chunkReader, loadIndex } from './reader/tables.mjs';

export { FormatError } from './reader/bytes.mjs';

const MAX_SLOTS = 64;

/**
 * Opens the repository in a local directory with a passphrase or the text of a generated key. Throws FormatError when no slot opens or
 * anything that is read here breaks the format; damaged copies, index objects and manifests are collected in `problems`.
 */
export function openRepository(directory, secretText) {
  const store = localStore(directory);
  const problems = [];
  const keys = unlock(store, secretText, problems);
  const format = firstGoodCopy(store, 'format.json', (bytes) => checkFormat(bytes, keys), problems);
  demand(format, `format.json: no copy checks out\n${problems.join('\n')}`);
  const index = loadIndex(store, keys);
  const owner = loadOwnerRecords(store, keys);
  problems.push(...index.problems, ...owner.problems);
  const { rows, superseded } = index;
  return {
    store,
    keys,
    format,
    rows,
    superseded,
    ownerRecords: owner.records,
    problems,
    chunk: chunkReader(store, keys, rows),
  };
}

function unlock(store, secretText, problems) {
  for (const id of slotIds(store)) {
    const keys = firstGoodCopy(store, `keys/${id}`, (bytes) => openSlot(bytes, id, secretText), problems);
    if (keys) return keys;
  }
  throw new FormatError(`no slot opens with this secret\n${problems.join('\n')}`);
}

function slotIds(store) {
  const copies = [...store.list('keys'), ...store.list('spare/keys')];
  const ids = [
    ...new Set(copies.map((key) => key.split('/').at(-1)).filter((id) => /^[0-9a-f]{32}$/.test(id))),
  ];
  demand(ids.length <= MAX_SLOTS, `${ids.length} slots are more than 64`);
  return ids;
}

/** The first answer of `check` for the copy of a key and for its spare; copies that fail are noted. */
function firstGoodCopy(store, key, check, problems) {
  const copies = [key, `spare/${key}`].filter((name) => store.exists(name));
  const isTwice = copies.length === 2 && store.read(copies[0]).equals(store.read(copies[1]));
  for (const name of isTwice ? [key] : copies) {
    try {
      const answer = check(store.read(name));
      if (answer) return answer;
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof SyntaxError)) throw error;
      problems.push(`${name}: ${error.message}`);
    }
  }
  return null;
}

/** All manifests, by job and number: their fields, with {kind (a word), key, jobHex, domain, number}. Needs an owner's secret. */
export function listManifests(repo) {
  const { manifests, problems } = loadManifests(repo.store, repo.keys);
  repo.problems.push(...problems.filter((problem) => !repo.problems.includes(problem)));
  return manifests;
}

/**
 * The entries of a job after manifest `number`, sorted by path: {path, stat, list?, marks, untracked?, domain}. Among siblings the one with the
 * greatest key is meant.
 */
export function stateOf(repo, jobHex, number) {
  const manifests = listManifests(repo);
  const found = manifests.findLast((manifest) => manifest.jobHex === jobHex && manifest.number === number);
  demand(found, `no manifest ${number} of the job ${jobHex}\n${repo.problems.join('\n')}`);
  return stateAt(repo, manifests, found);
}

/** Restores the state of a job after manifest `number` into `target` (absent or empty): {entries, bytes, skipped}. */
export function restore(repo, jobHex, number, target) {
  return restoreEntries(repo, stateOf(repo, jobHex, number), target);
}

function main([directory, job, number, target]) {
  demand(target, 'usage: reader.mjs DIRECTORY JOB|- NUMBER|latest TARGET, the secret in BMCLOUD_PASSPHRASE');
  const repo = openRepository(directory, process.env.BMCLOUD_PASSPHRASE ?? '');
  const manifests = listManifests(repo);
  const jobHex = job === '-' ? onlyJob(manifests) : job;
  const result = restore(
    repo,
    jobHex,
    number === 'latest' ? latest(manifests, jobHex) : Number(number),
    target,
  );
  for (const problem of repo.problems) console.error(`problem: ${problem}`);
  console.log(JSON.stringify(result));
  if (repo.problems.length > 0) process.exitCode = 2;
}

function onlyJob(manifests) {
  const jobs = [...new Set(manifests.map(({ jobHex }) => jobHex))];
  demand(jobs.length === 1, `${jobs.length} jobs: ${jobs.join(' ')}`);
  return jobs[0];
}

function latest(manifests, jobHex) {
  const found = manifests.findLast((manifest) => manifest.jobHex === jobHex && manifest.kind === 'snapshot');
  demand(found, `the job ${jobHex} has no snapshot`);
  return found.number;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  main(process.argv.slice(2));

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataSet } from './data.ts';
import type { Ground } from './ground.ts';
import type { Command } from './measure.ts';
import type { Notes } from './notes.ts';
import type { StorePlace } from './peers/peer.ts';

/** What plain tools need for the same data: nobody who reads, compresses and writes is much faster. */
interface Limit {
  /** The work it is a limit of. */
  work: string;
  name: string;
  command: Command;
}

const RAW_TRANSFER = fileURLToPath(new URL('raw-transfer.ts', import.meta.url));

export async function runLimits(data: DataSet, store: string, ground: Ground, notes: Notes): Promise<void> {
  const archive = join(ground.disk, 'limit.tar.zst');
  const limits = store === 'local' ? localLimits(ground, archive, data) : s3Limits(ground, archive);
  for (const { work, name, command } of limits)
    notes.add({ scenario: data.name, store, name: work }, `limit: ${name}`, await ground.run(command));
}

function* localLimits({ disk, place }: Ground, archive: string, data: DataSet): Generator<Limit> {
  const { source } = place;
  yield {
    work: 'first',
    name: 'tar | zstd -1 -T2',
    command: shell(`tar -C '${source}' -c . | zstd -q -f -1 -T2 -o '${archive}'`),
  };
  yield {
    work: 'unchanged',
    name: 'find -printf',
    command: shell(`find '${source}' -printf '%p %s %T@\\n' > /dev/null`),
  };
  yield {
    work: 'restore',
    name: 'zstd -d | tar -x',
    command: shell(`mkdir -p '${disk}/limit' && zstd -q -d -c '${archive}' | tar -C '${disk}/limit' -x`),
  };
  const mebibytes = Math.max(1, Math.round(data.bytes / 1024 ** 2));
  yield {
    work: 'restore',
    name: `write ${mebibytes} MiB in sequence, synced`,
    command: shell(`dd if=/dev/zero of='${disk}/limit.zero' bs=1M count=${mebibytes} conv=fdatasync 2>&1`),
  };
}

function* s3Limits({ place }: Ground, archive: string): Generator<Limit> {
  const { store, source } = place;
  if (store.kind !== 's3') return;
  yield {
    work: 'first',
    name: 'tar | zstd -1 -T2',
    command: shell(`tar -C '${source}' -c . | zstd -q -f -1 -T2 -o '${archive}'`),
  };
  const mebibytes = Math.ceil(statSync(archive).size / 1024 ** 2);
  for (const [work, verb] of [
    ['first', 'PUT'],
    ['restore', 'GET'],
  ] as const)
    yield { work, name: `${verb} ${mebibytes} MiB in parts of 8`, command: transfer(store, archive, verb) };
}

function transfer(
  { endpoint, bucket, accessKey, secretKey }: StorePlace & { kind: 's3' },
  file: string,
  verb: string,
): Command {
  const env = { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey };
  return { program: process.execPath, args: [RAW_TRANSFER, verb, endpoint, bucket, file], env };
}

function shell(line: string): Command {
  return { program: 'bash', args: ['-c', `set -o pipefail; ${line}`] };
}

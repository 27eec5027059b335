import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeStat, encodeStat, type Stat } from '../../src/model/entry.ts';
import { Writer } from '../../src/model/wire.ts';
import { statNow } from '../../src/upload/stat-now.ts';
import { temporaryDirectory } from '../scan/scanned.ts';

test('a file in a frozen view keeps what only its live one could tell', () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, 'data');
  const time = { seconds: 1, nanos: 2 };
  const live: Stat = {
    type: 'file',
    size: 9,
    mtime: time,
    ctime: time,
    mode: 0,
    uid: 0,
    gid: 0,
    device: 7n,
    links: 2,
    attributes: 0x22,
    reparseTag: 0x9000601a,
  };
  const writer = new Writer();
  encodeStat(writer, live);
  const now = statNow(Buffer.from(file), writer.take());
  if ('kind' in now) throw new Error(now.message);
  expect(decodeStat(now.stat)).toMatchObject({ size: 4, attributes: 0x22, reparseTag: 0x9000601a });
});

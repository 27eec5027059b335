import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WindowsMetadata } from '../../src/download/windows-metadata.ts';
import { encodeContent, noContent, type Stat } from '../../src/model/entry.ts';
import { Writer } from '../../src/model/wire.ts';
import { attributeBits } from '../../src/native/classify.ts';
import { FakeWindowsFiles } from '../fakes/windows-files.ts';
import { lacks } from '../fixtures/platform.ts';
import { temporaryDirectory } from '../scan/scanned.ts';

const SDDL = 'O:BAG:SYD:(A;;FA;;;SY)';
const time = { seconds: -5, nanos: 250 };
const stat: Stat = { type: 'file', size: 0, mtime: time, ctime: time, mode: 0o444, uid: 0, gid: 0 };

function set(more: Partial<Stat>, content: Partial<typeof noContent>, windows = new FakeWindowsFiles()) {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  const writer = new Writer();
  encodeContent(writer, { ...noContent, ...content });
  const setTime = (place: string | Buffer) => void windows.calls.push(`setTime ${place.toString()}`);
  const readChunk = async () => new Uint8Array(0);
  const metadata = new WindowsMetadata({ windows, ownership: true, readChunk, setTime });
  const done = metadata.set(file, { ...stat, ...more }, writer.take());
  const steps = () => windows.calls.map((call) => call.split(' ')[0]).slice(1);
  return { done, steps, metadata, windows, file };
}

test.skipIf(lacks('colons'))(
  'streams come first, then times, then attributes, and last who may do what',
  async () => {
    const { done, steps, windows, file } = set(
      { birthTime: time, attributes: attributeBits.readOnly },
      { securityDescriptor: SDDL, streams: [{ name: 'a', list: { depth: 0, items: [] } }] },
    );
    await done;
    expect(steps()).toEqual([
      'setAttributes',
      'setTime',
      'setCreationTime',
      'setAttributes',
      'setSecurityDescriptor',
    ]);
    expect(windows.get(file)).toEqual({
      attributes: attributeBits.readOnly,
      birthNs: -4_999_999_750n,
      descriptor: SDDL,
    });
  },
);

test('without the right to take it back, only the access list of what is ours is set', async () => {
  const windows = new FakeWindowsFiles();
  windows.granted = ['SeBackupPrivilege'];
  windows.securityDescriptor = () => 'O:S-1-5-21-7D:(A;;FA;;;WD)';
  const others = set({}, { securityDescriptor: 'O:S-1-5-21-77G:SYD:(A;;FA;;;SY)' }, windows);
  await others.done;
  expect(windows.get(others.file)).toEqual({});
  expect([...others.metadata.refused]).toEqual([['owner or access list', 1]]);
  const ours = set({}, { securityDescriptor: 'O:S-1-5-21-7G:SYD:(A;;FA;;;SY)' }, windows);
  await ours.done;
  expect(windows.get(ours.file)).toEqual({ descriptor: 'O:S-1-5-21-7G:SYD:(A;;FA;;;SY)' });
});

test('nothing is set that is not known', async () => {
  const { done, steps } = set({}, {});
  await done;
  expect(steps()).toEqual([]);
});

test('a time that Windows cannot keep is refused; a fault of the program is none of Windows', async () => {
  const windows = new FakeWindowsFiles();
  windows.setCreationTime = () => {
    throw new RangeError('that far away');
  };
  const { done, metadata } = set({ birthTime: time }, {}, windows);
  await done;
  expect([...metadata.refused]).toEqual([['creation time', 1]]);
  windows.setAttributes = () => {
    throw new TypeError('a bug');
  };
  await expect(set({ attributes: 0 }, {}, windows).done).rejects.toThrow('a bug');
});

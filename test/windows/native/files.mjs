// What Windows knows of files, asked by the real node.exe: node.exe test/windows/native/files.mjs
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, toNamespacedPath } from 'node:path';
import { execPath } from 'node:process';
import { after, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { attributeBits as bits, classify } from '../../../src/native/classify.ts';
import { addon, addonFile, isWine, notUnderWine } from './addon.mjs';

const directory = mkdtempSync(join(tmpdir(), 'bmcloud-files-'));
after(() => rmSync(directory, { recursive: true }));

describe('listDirectory', () => {
  test('tells of 3000 entries what readdir and lstat tell', () => {
    const many = made('many');
    for (let at = 0; at < 3000; at++) writeFileSync(join(many, `näme ${at} 😀.txt`), 'x'.repeat(at % 7));
    mkdirSync(join(many, 'folder'));
    utimesSync(join(many, 'folder'), 0, new Date('1999-12-31T23:59:59.123Z'));

    const begun = performance.now();
    const entries = addon.listDirectory(many);
    const listed = performance.now();
    const names = readdirSync(many);
    const stats = new Map(names.map((name) => [name, lstatSync(join(many, name), { bigint: true })]));
    const looked = performance.now();
    console.log(`listDirectory ${ms(begun, listed)}, readdir and lstat ${ms(listed, looked)}`);

    assert.deepEqual(entries.map(({ name }) => name).sort(), names.sort());
    for (const entry of entries) {
      const stat = stats.get(entry.name);
      assert.equal(BigInt(entry.size), stat.size);
      assert.equal(entry.mtimeNs, stat.mtimeNs);
      assert.equal(entry.ctimeNs, stat.ctimeNs);
      assert.equal(entry.birthtimeNs, stat.birthtimeNs);
      assert.equal(entry.fileId, stat.ino);
      assert.equal(entry.nameBytes, undefined);
      const kind = stat.isDirectory() ? 'directory' : 'plain';
      assert.equal(classify(entry.attributes, entry.reparseTag), kind);
    }
  });

  test('an empty directory has no entries, with or without a last backslash', () => {
    const empty = made('empty');
    assert.deepEqual(addon.listDirectory(empty), []);
    assert.deepEqual(addon.listDirectory(`${empty}\\`), []);
  });

  test('a directory below long names is listed by its long path', () => {
    let deep = toNamespacedPath(made('deep'));
    for (let level = 0; level < 4; level++) deep += `\\${'d'.repeat(100)}`;
    mkdirSync(deep, { recursive: true });
    writeFileSync(`${deep}\\${'f'.repeat(120)}`, 'far down');
    assert.ok(deep.length > 400);
    const [entry] = addon.listDirectory(deep);
    assert.deepEqual([entry.name, entry.size], ['f'.repeat(120), 8]);
    assert.equal(addon.fileAttributes(`${deep}\\${entry.name}`).size, 8);
  });

  test('what is not there is a failure with its step', () => {
    const missing = join(directory, 'missing');
    assert.throws(() => addon.listDirectory(missing), failure('CreateFileW', 2, 'ENOENT', missing));
  });

  test('what is no directory is a failure', () => {
    assert.throws(
      () => addon.listDirectory(filed('no-directory')),
      (error) => error.step === 'CreateFileW',
    );
  });

  test('works in a worker, which can be stopped', async () => {
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       const { listDirectory } = require(workerData.addonFile);
       parentPort.postMessage(listDirectory(workerData.directory).length);`,
      { eval: true, workerData: { addonFile, directory } },
    );
    const [count] = await once(worker, 'message');
    assert.equal(count, readdirSync(directory).length);
    await worker.terminate();
  });
});

describe('fileAttributes', () => {
  test('tells of a file what lstat tells', () => {
    const file = filed('facts', 'twelve bytes');
    linkSync(file, `${file}-too`);
    const facts = addon.fileAttributes(file);
    const stat = lstatSync(file, { bigint: true });
    assert.equal(facts.size, 12);
    assert.equal(facts.links, 2);
    assert.deepEqual(
      [facts.mtimeNs, facts.ctimeNs, facts.birthtimeNs, facts.fileId],
      [stat.mtimeNs, stat.ctimeNs, stat.birthtimeNs, stat.ino],
    );
    assert.equal(facts.reparseTag, 0);
    assert.equal(facts.volume, addon.fileAttributes(directory).volume);
  });

  test('answers for directories and roots', () => {
    assert.equal(kindOf(directory), 'directory');
    assert.equal(kindOf(`${directory.slice(0, 2)}\\`), 'directory');
  });

  test('answers for a file that nobody may open', async () => {
    const file = filed('locked');
    const holder = spawn(execPath, [join(import.meta.dirname, 'holder.mjs'), file], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    assert.equal(addon.fileAttributes(file).size, 4);
    assert.deepEqual(addon.streams(file), []);
    assert.match(addon.securityDescriptor(file), /^O:/);
    holder.stdin.end();
    await once(holder, 'close');
  });

  test('what is not there is a failure', () => {
    const missing = join(directory, 'nowhere', 'file');
    assert.throws(() => addon.fileAttributes(missing), failure('CreateFileW', 3, 'ENOENT', missing));
  });
});

describe('setAttributes', () => {
  const archive = isWine ? 0 : bits.archive;
  const settable = bits.readOnly | bits.hidden | bits.system | archive;

  test('sets what can be set, and clears the rest', () => {
    if (!archive) notUnderWine('clearing the attribute archive');
    const file = filed('attributes');
    for (const wanted of [settable, bits.readOnly, bits.hidden | bits.system, 0, archive]) {
      addon.setAttributes(file, wanted);
      assert.equal(addon.fileAttributes(file).attributes & settable, wanted);
      assert.equal(listed(file).attributes & settable, wanted);
    }
  });

  test('leaves out what it is not for: a restored file is not offline', () => {
    const file = filed('restored');
    addon.setAttributes(file, bits.hidden | bits.offline | bits.reparsePoint | bits.recallOnDataAccess);
    const { attributes } = addon.fileAttributes(file);
    assert.equal(attributes & (bits.hidden | bits.offline | bits.reparsePoint), bits.hidden);
    assert.equal(classify(attributes, 0), 'plain');
  });

  test('takes directories', () => {
    const hidden = made('hidden');
    addon.setAttributes(hidden, bits.hidden | bits.directory);
    assert.equal(addon.fileAttributes(hidden).attributes & settable, bits.hidden);
    assert.equal(kindOf(hidden), 'directory');
  });

  test('keeps not-indexed and temporary', () => {
    const file = filed('not-indexed');
    const wanted = bits.notIndexed | bits.temporary;
    addon.setAttributes(file, wanted);
    const kept = addon.fileAttributes(file).attributes & wanted;
    if (kept !== wanted) notUnderWine('attributes not-indexed and temporary');
  });

  test('failures are told', () => {
    const missing = join(directory, 'missing');
    assert.throws(() => addon.setAttributes(missing, 1), failure('SetFileAttributesW', 2, 'ENOENT', missing));
    assert.throws(() => addon.setAttributes(missing, '1'), { name: 'TypeError' });
  });
});

describe('security descriptors', () => {
  const file = filed('secured');
  const wanted = 'O:BAG:BAD:PAI(A;;FA;;;BA)(A;;FR;;;BU)';

  test('are read as owner, group and DACL', () => {
    assert.match(addon.securityDescriptor(file), /^O:\S+G:\S+D:\S*\(A;/);
    assert.match(addon.securityDescriptor(directory), /^O:\S+G:\S+D:/);
  });

  test('are set, and say which parts', () => {
    const parts = addon.setSecurityDescriptor(file, wanted);
    assert.deepEqual(parts.slice(0, 3), ['owner', 'group', 'dacl']);
    const now = addon.securityDescriptor(file);
    if (now !== wanted) notUnderWine(`a security descriptor that was set: ${now} instead of ${wanted}`);
  });

  test('only the parts that are given are set', () => {
    assert.deepEqual(addon.setSecurityDescriptor(file, 'D:PAI(A;;FA;;;WD)'), ['dacl']);
    assert.deepEqual(addon.setSecurityDescriptor(file, 'O:BA'), ['owner']);
  });

  test('with the privilege for the SACL, and without the SACL, there is still the rest', () => {
    addon.enablePrivileges();
    const sddl = addon.securityDescriptor(file);
    assert.match(sddl, /^O:\S+G:\S+D:/);
    const parts = addon.setSecurityDescriptor(file, `${wanted}S:(AU;SAFA;FA;;;WD)`);
    assert.deepEqual(parts.slice(0, 3), ['owner', 'group', 'dacl']);
    if (!addon.securityDescriptor(file).includes('S:(AU')) notUnderWine(`SACLs (said to be set: ${parts})`);
  });

  test('a directory can be made with one, and only where nothing is', () => {
    const made = join(directory, 'protected');
    const sddl = 'O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';
    addon.makeDirectory(made, sddl);
    assert.equal(addon.fileAttributes(made).attributes & 0x10, 0x10);
    if (addon.securityDescriptor(made) !== sddl)
      notUnderWine('a security descriptor given to a new directory');
    assert.throws(() => addon.makeDirectory(made, sddl), failure('CreateDirectoryW', 183, 'EEXIST', made));
  });

  test('what is none is refused', () => {
    const step = 'ConvertStringSecurityDescriptorToSecurityDescriptorW';
    assert.throws(
      () => addon.setSecurityDescriptor(file, 'D:(A;;'),
      (error) => error.step === step && error.windowsCode === 1336,
    );
  });
});

describe('streams', () => {
  test('an ordinary file has none', () => {
    assert.deepEqual(addon.streams(filed('plain')), []);
    assert.deepEqual(addon.streams(directory), []);
  });

  test('those beside the data are named, with their sizes', () => {
    const file = filed('marked');
    writeFileSync(`${file}:Zone.Identifier`, '[ZoneTransfer]');
    const streams = addon.streams(file);
    if (streams.length === 0) return notUnderWine('alternate streams');
    assert.deepEqual(streams, [{ name: 'Zone.Identifier', size: 14 }]);
  });
});

describe('setCreationTime', () => {
  test('sets it, and leaves the others', () => {
    const file = filed('old');
    const { mtimeNs } = addon.fileAttributes(file);
    const wanted = 946_684_799_123_456_700n;
    addon.setCreationTime(file, wanted);
    addon.setCreationTime(directory, wanted);
    assert.equal(addon.fileAttributes(file).mtimeNs, mtimeNs);
    const now = statSync(file, { bigint: true }).birthtimeNs;
    if (now !== wanted) notUnderWine('setting the creation time');
  });

  test('what Windows cannot keep is refused', () => {
    const file = filed('older');
    for (const ns of [-11_644_473_600_000_000_000n, 1n << 70n])
      assert.throws(() => addon.setCreationTime(file, ns), { name: 'RangeError' });
    assert.throws(() => addon.setCreationTime(file, 5), { name: 'TypeError' });
  });
});

test('the privileges of a backup are enabled one by one', () => {
  const granted = addon.enablePrivileges();
  const known = ['SeBackupPrivilege', 'SeRestorePrivilege', 'SeSecurityPrivilege'];
  assert.deepEqual(
    granted,
    known.filter((name) => granted.includes(name)),
  );
  console.log(`granted: ${granted}`);
});

test('paths that are none are refused', () => {
  const functions = ['listDirectory', 'fileAttributes', 'setAttributes', 'securityDescriptor', 'streams'];
  for (const name of functions) {
    assert.throws(() => addon[name](), { name: 'TypeError' });
    assert.throws(() => addon[name]('C:\\a\0b'), { name: 'TypeError', message: /zero character/ });
  }
});

function made(name) {
  const path = join(directory, name);
  mkdirSync(path);
  return path;
}

function filed(name, data = 'data') {
  const path = join(directory, name);
  writeFileSync(path, data);
  return path;
}

/** What its directory says of a file. */
function listed(file) {
  return addon.listDirectory(directory).find(({ name }) => join(directory, name) === file);
}

function kindOf(path) {
  const { attributes, reparseTag } = addon.fileAttributes(path);
  return classify(attributes, reparseTag);
}

function failure(step, windowsCode, code, path) {
  return (error) => {
    assert.deepEqual({ ...error }, { step, windowsCode, code, path });
    assert.match(error.message, new RegExp(`^${step}: .+ \\(error ${windowsCode}\\), '`));
    return error instanceof Error;
  };
}

function ms(from, to) {
  return `${(to - from).toFixed(0)} ms`;
}

// Section 9 of docs/format.md: records that only the owner can make.
import { Cursor, critical, decodeRecord, demand, demandFields, FormatError, is, repeated } from './bytes.mjs';
import { checkSignature } from './keys.mjs';
import { HEADER_LENGTH, parseHeader, TYPE } from './sealing.mjs';

const OWNER_RECORDS = {
  condemn: {
    1: critical('time', is.time),
    2: critical('packs', is.bytes),
    3: repeated(critical('fences', is.fixed(24))),
  },
  pardon: { 1: critical('time', is.time), 2: critical('condemned', is.id16), 3: critical('packs', is.bytes) },
  close: { 1: critical('time', is.time), 2: critical('condemned', is.id16) },
};

/** The owner's records by kind, each checked: {records: [{kind, id, ...fields}], problems}. Readers of data do not depend on them. */
export function loadOwnerRecords(store, keys) {
  const problems = [];
  const records = [];
  for (const name of store.list('owner')) {
    try {
      records.push(namedRecord(store, keys, name));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      problems.push(`${name}: ${error.message}`);
    }
  }
  return { records, problems };
}

function namedRecord(store, keys, name) {
  const [, kind, id] = /^owner\/([a-z]+)\/([0-9a-f]{32})$/.exec(name) ?? [];
  demand(OWNER_RECORDS[kind], 'unknown kind of owner record');
  return { kind, id, ...readOwnerRecord(store.read(name), keys, kind, name) };
}

function readOwnerRecord(bytes, keys, kind, name) {
  const { domain, salt, commitment } = parseHeader(bytes, TYPE.ownerRecord, name);
  const isZero = /^0+$/.test(domain) && [...salt, ...commitment].every((byte) => byte === 0);
  demand(isZero, `${name}: the header is not zero`);
  const cursor = new Cursor(bytes.subarray(HEADER_LENGTH));
  demand(cursor.left >= 64, `${name}: too short for a signature`);
  const record = cursor.take(cursor.left - 64);
  const label = Buffer.from('bmcloud 1 owner\0');
  const signed = Buffer.concat([
    label,
    keys.repository,
    Buffer.from([name.length]),
    Buffer.from(name),
    record,
  ]);
  demand(checkSignature(keys, signed, cursor.rest()), `${name}: the signature is not the owner's`);
  const fields = decodeRecord(record, OWNER_RECORDS[kind], name);
  demand(kind === 'close' || fields.packs?.length % 16 === 0, `${name}: not whole pack ids`);
  demandFields(fields, kind === 'condemn' ? ['time'] : ['time', 'condemned'], name);
  return fields;
}

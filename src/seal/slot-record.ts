import { BmcloudError } from '../errors.ts';
import { equalBytes, ID_BYTES, toHex } from '../model/ids.ts';
import { type Field, readFields, unknownField, writeField } from '../model/record.ts';
import { damaged, Writer } from '../model/wire.ts';
import {
  deriveOwner,
  KEY_BYTES,
  OWNER_DOMAIN,
  type RepositoryKeys,
  type Role,
  splitDomainKeys,
} from './keys.ts';

/*
 * The record inside a key slot (docs/format.md, section 4.1).
 */

type Keys = Pick<RepositoryKeys, 'write' | 'owner'>;

const fields = { repository: 1, sealPublic: 2, signPublic: 3, master: 4, domain: 5 } as const;
const fieldLengths: Record<number, number> = {
  [fields.repository]: ID_BYTES,
  [fields.sealPublic]: KEY_BYTES,
  [fields.signPublic]: KEY_BYTES,
  [fields.master]: KEY_BYTES,
  [fields.domain]: ID_BYTES + 4 * KEY_BYTES,
};

/** The record for a role. @throws `not-allowed` when the keys do not suffice for it */
export function encodeSlotRecord(role: Role, keys: Keys): Uint8Array {
  const { write } = keys;
  const writer = new Writer();
  writeField(writer, fields.repository, true, write.repository);
  writeField(writer, fields.sealPublic, true, write.sealPublic);
  writeField(writer, fields.signPublic, true, write.signPublic);
  if (role === 'push-only') writeField(writer, fields.domain, true, pushOnlyDomain(keys));
  else writeField(writer, fields.master, true, masterKey(keys));
  return writer.take();
}

function pushOnlyDomain({ write: { own } }: Keys): Uint8Array {
  // The owner's domain keys would let the machine read what every owner's machine has indexed.
  if (equalBytes(own.domain, OWNER_DOMAIN)) {
    throw new BmcloudError('internal', "A push-only key must not get the owner's domain");
  }
  return new Writer().raw(own.domain).raw(own.authentication).raw(own.id).raw(own.index).raw(own.gear).take();
}

function masterKey(keys: Keys): Uint8Array {
  if (keys.owner) return keys.owner.master;
  throw new BmcloudError('not-allowed', 'This key is push-only: it cannot make keys for the owner', {
    hint: "Use the owner's passphrase, key file or recovery key",
  });
}

/** The keys in a record, checked against what the slot says in the open. @throws `damaged`, `newer-format` */
export function decodeSlotRecord(record: Uint8Array, slot: { id: string; role: Role; domain: string }): Keys {
  const what = slotName(slot.id);
  const values = readValues(record, what);
  const keys = slot.role === 'push-only' ? pushOnlyKeys(values, what) : ownerKeys(values, what);
  if (toHex(keys.write.own.domain) !== slot.domain)
    throw damaged(what, 'it is for another domain than it says');
  return keys;
}

type Values = Map<number, Uint8Array>;

function readValues(record: Uint8Array, what: string): Values {
  const values: Values = new Map();
  for (const field of readFields(record, what)) {
    if (field.number in fieldLengths) values.set(field.number, checkedValue(field, values, what));
    else if (field.critical) throw unknownField(what, field.number);
  }
  return values;
}

function checkedValue({ number, value }: Field, values: Values, what: string): Uint8Array {
  if (values.has(number)) throw damaged(what, `field ${number} stands twice`);
  if (value.length !== fieldLengths[number]) throw damaged(what, `field ${number} has a wrong length`);
  return new Uint8Array(value);
}

function required(values: Values, number: number, what: string): Uint8Array {
  const value = values.get(number);
  if (!value) throw damaged(what, `field ${number} is missing`);
  return value;
}

function ownerKeys(values: Values, what: string): Keys {
  const keys = deriveOwner(required(values, fields.master, what), required(values, fields.repository, what));
  const same =
    equalBytes(keys.write.sealPublic, required(values, fields.sealPublic, what)) &&
    equalBytes(keys.write.signPublic, required(values, fields.signPublic, what));
  if (!same) throw damaged(what, 'its keys do not belong together');
  return keys;
}

function pushOnlyKeys(values: Values, what: string): Keys {
  const domain = required(values, fields.domain, what);
  return {
    write: {
      repository: required(values, fields.repository, what),
      sealPublic: required(values, fields.sealPublic, what),
      signPublic: required(values, fields.signPublic, what),
      own: splitDomainKeys(domain.subarray(0, ID_BYTES), domain.subarray(ID_BYTES)),
    },
  };
}

/** What messages call a slot. */
export function slotName(id: string): string {
  return `The key slot ${id}`;
}

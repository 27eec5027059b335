/*
 * The library: everything the commands use, and nothing else. Operations take an open repository and options, tell what they do
 * through `onEvent`, and never print.
 */

export { BmcloudError, type ErrorCode, isBmcloudError } from './errors.ts';
export type { BmcloudEvent, OnEvent, Phase, Progress } from './model/events.ts';
export type { EntryInfo } from './entry-info.ts';
export type { DiffInfo } from './difference-info.ts';
export {
  initRepository,
  type InitOptions,
  type InitResult,
  openRepository,
  type OpenOptions,
} from './repository/open.ts';
export type { Directories, Repository } from './repository/repository.ts';
export { formatGeneratedKey, newGeneratedKey, parseGeneratedKey, type Secret } from './seal/secret.ts';
export { compare, type CompareOptions } from './compare.ts';
export { doctor, type Finding } from './doctor.ts';
export { examine, rawObject } from './examine.ts';
export { find, type FindOptions, type Found } from './find.ts';
export { history, type Version } from './history.ts';
export { addKey, changePassphrase, type KeyInfo, listKeys, removeKey } from './keys.ts';
export { list, type ListOptions } from './list.ts';
export { readFile } from './read-file.ts';
export { status, type StatusOptions, type StatusResult } from './status.ts';
export { type Problem, verify, type VerifyOptions, type VerifyResult } from './verify.ts';

/*
 * The library: everything the commands use, and nothing else. Operations take an open repository and options, tell what they do
 * through `onEvent`, and never print.
 */

export { type BackupOptions, backupDirectory, backupFile } from './backup.ts';
export type { CutSizes } from './chunk/cut.ts';
export { type CompareOptions, compare } from './compare.ts';
export type { DiffInfo } from './difference-info.ts';
export { doctor, type Finding } from './doctor.ts';
export type { Overwrite } from './download/decide.ts';
export type { Failure } from './download/failures.ts';
export type { Destination } from './download/roots.ts';
export type { PathCount } from './download/survey.ts';
export type { EntryInfo } from './entry-info.ts';
export type { ErrorFacts } from './errors.ts';
export { BmcloudError, type ErrorCode, isBmcloudError } from './errors.ts';
export { examine, rawObject } from './examine.ts';
export { explainRules, type PathExplanation } from './explain-rules.ts';
export {
  type ArchiveFormat,
  type ArchiveOptions,
  type ArchiveTarget,
  type DirectoryExportOptions,
  type ExportOptions,
  type ExportResult,
  exportDirectory,
  exportSnapshot,
} from './export.ts';
export { type FindOptions, type Found, find } from './find.ts';
export {
  type Comparison,
  type ComparisonOptions,
  compareFingerprint,
  type Fingerprint,
  type FingerprintKind,
  type FingerprintOptions,
  fingerprint,
  type TreeDifference,
} from './fingerprint.ts';
export { history, type Version } from './history.ts';
export { type ArchiveKind, type ImportOptions, type ImportResult, importArchive } from './import.ts';
export {
  addKey,
  changePassphrase,
  type KeyInfo,
  listKeys,
  type NewSecret,
  type RemoveKeyOptions,
  removeKey,
} from './keys.ts';
export { type ListOptions, list } from './list.ts';
export { type LocksOptions, locks } from './locks.ts';
export type { MirrorStatistics } from './mirror/record.ts';
export { type MirrorOptions, type MirrorResult, type MirrorSkipped, mirror } from './mirror.ts';
export type { MirrorFrom, MirrorFromDisk, MirrorFromRepository } from './mirror-source.ts';
export type { BmcloudEvent, OnEvent, Phase, Progress } from './model/events.ts';
export type { RandomSource } from './model/ids.ts';
export { type Moment, parseMoment } from './model/moment.ts';
export type { LockOwner } from './model/owner.ts';
export type { ManifestKind, SkippedPath, Statistics } from './model/snapshot.ts';
export type { EntryType } from './model/stat.ts';
export type { FileOwners } from './owners/owners.ts';
export { checkPush, type PushOptions, type PushResult, push, type SkippedInfo } from './push.ts';
export type { RetryPolicy } from './read/retry.ts';
export { readFile } from './read-file.ts';
export { type JobLock as PathLock, lockPath } from './repository/job-lock.ts';
export type { LockedFile } from './repository/locked-files.ts';
export {
  type InitOptions,
  type InitResult,
  initRepository,
  type OpenOptions,
  openRepository,
} from './repository/open.ts';
export type { Attendance, Directories, Repository } from './repository/repository.ts';
export {
  type RestoreOptions,
  type RestorePreview,
  type RestoreResult,
  restore,
} from './restore.ts';
export {
  type MirrorRestoreOptions,
  type MirrorRestoreResult,
  restoreFromMirror,
} from './restore-mirror.ts';
export { type LineOptions, ruleLines, ruleLinesOfFile } from './rules/lines.ts';
export type { OrdinaryRules, RuleLine, Rules, ShortList, ShortRules } from './rules/rules.ts';
export { type ShortForm, shortRules } from './rules/short-form.ts';
export type { CloudFiles, ScanOptions, ScanSource } from './scan/batch.ts';
export type { Explanation } from './scan/explain.ts';
export { readFilesFrom } from './scan/files-from.ts';
export type { LookOptions } from './scan/look.ts';
export { globMatches } from './scan/sources.ts';
export type { RunRecord } from './schedule/schedule.ts';
export { systemRun } from './schedule/system.ts';
export { parseCronTrigger, parseDaily, parseEvery, type Trigger } from './schedule/trigger.ts';
export { keptVariables, secretVariables } from './schedule/variables.ts';
export type { RunInfo, ScheduleInfo } from './schedule-info.ts';
export type { ScheduleRequest } from './schedules.ts';
export {
  addSchedule,
  carryOutSchedule,
  enableSchedule,
  listSchedules,
  removeSchedule,
  type ScheduleDesk,
  type ScheduleSite,
  scheduleLog,
  showSchedule,
  startSchedule,
} from './schedules.ts';
export type { Role } from './seal/keys.ts';
export { formatGeneratedKey, newGeneratedKey, parseGeneratedKey, type Secret } from './seal/secret.ts';
export { type SnapshotFingerprintOptions, snapshotFingerprints } from './snapshot-fingerprints.ts';
export {
  chooseSnapshot,
  listSnapshots,
  type SnapshotChoice,
  type SnapshotFilter,
  type SnapshotInfo,
  selectSnapshot,
} from './snapshots.ts';
export { type StatusOptions, type StatusResult, status } from './status.ts';
export type { StoreCounts } from './store/counting.ts';
export type { BandwidthLimits } from './store/limit.ts';
export { canonicalLocation } from './store/location.ts';
export type { UnpackLimits } from './unpack/limits.ts';
export type { ShadowMode } from './upload/ladder.ts';
export type { StreamSource } from './upload/plan.ts';
export type { SourceOptions } from './upload/sources.ts';
export type { ClosableViews } from './upload/system.ts';
export { type Problem, type VerifyOptions, type VerifyResult, verify } from './verify.ts';
export {
  type CheckOutcome,
  type CheckReason,
  type Clocks,
  type Subscribe,
  type WatchEvent,
  type WatchJob,
  type WatchOptions,
  type WatchPace,
  watch,
} from './watch.ts';
export { type ClaimedJob, type HealthFile, listWatches, openHealthFile } from './watch-file.ts';
export {
  healthAfter,
  type JobHealth,
  type KnownWatch,
  newHealth,
  type WatchHealth,
} from './watch-health.ts';

import { homedir } from 'node:os';
import path from 'node:path';
import type { ConfigValues } from './config-schema.ts';

/** The values of a file with whole paths: in it they are relative to its directory. */
export function withWholePaths(values: ConfigValues, directory: string): ConfigValues {
  const { profiles, jobs } = values;
  return {
    ...withPaths(values, directory),
    ...(profiles && { profiles: mapValues(profiles, (profile) => withPaths(profile, directory)) }),
    ...(jobs && {
      jobs: mapValues(jobs, (job) => ({
        ...withPaths(job, directory),
        ...(job.sources && { sources: job.sources.map((source) => resolvePath(source, directory)) }),
        ...(job.src !== undefined && { src: resolvePath(job.src, directory) }),
      })),
    }),
  };
}

function mapValues<T>(record: Record<string, T>, map: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

function withPaths<T extends Partial<ConfigValues>>(values: T, directory: string): T {
  const resolved = { ...values };
  const { passphraseFile, keyFile, repository, excludeFiles } = values;
  if (excludeFiles) resolved.excludeFiles = excludeFiles.map((file) => resolvePath(file, directory));
  if (passphraseFile !== undefined) resolved.passphraseFile = resolvePath(passphraseFile, directory);
  if (keyFile !== undefined) resolved.keyFile = resolvePath(keyFile, directory);
  if (repository !== undefined) resolved.repository = resolveLocation(repository, directory);
  return resolved;
}

/** A path of the configuration: `~` is the user's home. */
export function resolvePath(file: string, directory: string): string {
  return path.resolve(directory, withHome(file));
}

/** A path that was typed, whole; a `~`, which some shells leave as it is, stays for the file. */
export function typedPath(file: string, cwd: string): string {
  return startsAtHome(file) ? file : path.resolve(cwd, file);
}

/** A path whose `~` is written out. */
export function withHome(file: string): string {
  return startsAtHome(file) ? file.replace('~', homedir()) : file;
}

function startsAtHome(file: string): boolean {
  return /^~(?=$|[/\\])/.test(file);
}

/** A repository's location: addresses stay, paths become absolute. */
export function resolveLocation(location: string, directory: string): string {
  const isAddress = /^([a-z][a-z0-9+.-]+:\/\/|(s3|s3\+https?|file):)/i.test(location);
  return isAddress ? location : resolvePath(location, directory);
}

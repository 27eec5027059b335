import { win32 } from 'node:path';
import { BmcloudError } from './errors.ts';
import { globTest, isGlob } from './glob.ts';
import { displayPath, isWithin } from './model/path.ts';
import type { SnapshotHeader, Source } from './model/snapshot.ts';
import { manifestPath } from './scan/native-path.ts';

/*
 * What a user's path means in a snapshot: `source/rest` as `ls` shows it, the absolute path as it was on that machine, or, in a job
 * with one source, a path relative to it. Globs may stand in all three.
 */

/** What is known of the snapshot that paths are looked up in. */
export type PathGround = Pick<SnapshotHeader, 'sources' | 'platform'>;

/** Which entries a user's paths mean. */
export interface PathMatcher {
  /** True for the entries meant and all below them. */
  matches(path: Uint8Array): boolean;
  /** True if an entry meant may lie below this directory. */
  leadsTo(path: Uint8Array): boolean;
  /** The arguments that no path has matched so far. */
  unmatched(): string[];
}

/** Every argument must have meant something in a snapshot. @throws `not-found` */
export function checkMatched(matcher: PathMatcher): void {
  const [missing] = matcher.unmatched();
  if (missing === undefined) return;
  throw new BmcloudError('not-found', `The snapshot has no "${missing}"`, {
    hint: 'See what it has with "bmcloud ls --recursive", or look in all with "bmcloud find --all"',
  });
}

/** A matcher for paths and globs; no arguments: everything. @throws `usage` for a path with `..` */
export function matchPaths(args: string[], ground: PathGround): PathMatcher {
  const targets = args.map((text) => targetOf(text, ground));
  const found = new Set<Target>();
  const meant = (path: Uint8Array) => {
    const matching = targets.filter((target) => target.matches(path));
    for (const target of matching) found.add(target);
    return matching.length > 0;
  };
  return {
    matches: (path) => targets.length === 0 || meant(path),
    leadsTo: (path) => targets.length === 0 || targets.some((target) => target.leadsTo(path)),
    unmatched: () => targets.filter((target) => !found.has(target)).map(({ text }) => text),
  };
}

interface Target {
  text: string;
  matches(path: Uint8Array): boolean;
  leadsTo(path: Uint8Array): boolean;
}

function targetOf(text: string, ground: PathGround): Target {
  const exact = manifestPaths(text, ground);
  const glob = isGlob(text) ? globOf(text, ground) : undefined;
  return {
    text,
    matches: (path) => exact.some((ancestor) => isWithin(path, ancestor)) || glob?.(path) === true,
    leadsTo: (path) =>
      glob !== undefined || exact.some((wanted) => isWithin(wanted, path) || isWithin(path, wanted)),
  };
}

/**
 * The paths in manifests that a user's path (not a glob) may mean: several where it is an ancestor of several sources, none where it
 * lies outside of all. @throws `usage` for a path with `..`
 */
export function manifestPaths(text: string, ground: PathGround): Uint8Array[] {
  const paths = isAbsolute(text, ground) ? ofAbsolute(text, ground) : ofRelative(text, ground);
  return paths.flatMap(withUnescaped);
}

function isAbsolute(text: string, { platform }: PathGround): boolean {
  return platform === 'windows' ? /^([A-Za-z]:|[\\/])/.test(text) : text.startsWith('/');
}

function ofAbsolute(text: string, { sources, platform }: PathGround): Uint8Array[] {
  const windows = platform === 'windows';
  const separator = windows ? '\\' : '/';
  const whole = windows ? win32.normalize(text) : `/${componentsOf(text, '/').join('/')}`;
  const path =
    whole.length > 1 && whole.endsWith(separator) && !/^[A-Za-z]:\\$/.test(whole)
      ? whole.slice(0, -1)
      : whole;
  return sources.flatMap(({ name, path: root }) => {
    const inside = manifestPath(name, root, path, separator);
    if (inside) return [inside];
    const above = manifestPath('above', Buffer.from(path), Buffer.from(root), separator);
    return above ? [Buffer.from(name)] : [];
  });
}

function ofRelative(text: string, ground: PathGround): Uint8Array[] {
  const components = componentsOf(ground.platform === 'windows' ? text.replaceAll('\\', '/') : text, '/');
  if (components.length === 0) return ground.sources.map(({ name }) => Buffer.from(name));
  const only = onlySource(components[0] as string, ground.sources);
  return [Buffer.from((only ? [only.name, ...components] : components).join('/'))];
}

/** The only source, unless the path begins with its name. */
function onlySource(first: string, sources: Source[]): Source | undefined {
  return sources.length === 1 && sources[0]?.name !== first ? sources[0] : undefined;
}

function componentsOf(text: string, separator: string): string[] {
  const components = text.split(separator).filter((component) => component !== '' && component !== '.');
  if (!components.includes('..')) return components;
  throw new BmcloudError('usage', `The path "${text}" has ".." in it`, {
    hint: 'Write the path as "bmcloud ls" shows it, or the absolute path',
  });
}

/** `ls` shows bytes that are no text as `\xNN`: what was copied from there means those bytes. */
function withUnescaped(path: Uint8Array): Uint8Array[] {
  const text = Buffer.from(path).toString('latin1');
  const unescaped = text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return unescaped === text ? [path] : [path, Buffer.from(unescaped, 'latin1')];
}

function globOf(text: string, ground: PathGround): (path: Uint8Array) => boolean {
  if (isAbsolute(text, ground)) return absoluteGlob(text, ground);
  const pattern = componentsOf(ground.platform === 'windows' ? text.replaceAll('\\', '/') : text, '/').join(
    '/',
  );
  const test = globTest(pattern, true);
  const only = onlySource(pattern.split('/', 1)[0] as string, ground.sources);
  if (!only) return (path) => test(displayPath(path));
  return (path) => test(displayPath(path.subarray(Buffer.byteLength(only.name) + 1)));
}

function absoluteGlob(text: string, { sources, platform }: PathGround): (path: Uint8Array) => boolean {
  const portable = (path: string) =>
    platform === 'windows' ? path.replaceAll('\\', '/').toLowerCase() : path;
  const test = globTest(portable(text), true);
  const roots = new Map(
    sources.map(({ name, path }) => [name, portable(displayPath(path)).replace(/\/$/, '')]),
  );
  return (path) => {
    const shown = displayPath(path);
    const name = shown.split('/', 1)[0] as string;
    const root = roots.get(name);
    return root !== undefined && test(root + portable(shown.slice(name.length)));
  };
}

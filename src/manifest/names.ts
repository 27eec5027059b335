import { fromHex, ID_BYTES, toHex } from '../model/ids.ts';

/*
 * The keys of manifests (docs/format.md, section 3): numbers count down, so that a listing begins with the newest.
 */

const HIGHEST = 999_999_999_999_999;

/** The key of manifest `number`; `suffix` (8 hex digits) only in stores without conditional writes. */
export function manifestName(job: Uint8Array, number: number, suffix?: string): string {
  const reversed = String(HIGHEST - number).padStart(15, '0');
  return `${manifestPrefix(job)}${reversed}${suffix ? `-${suffix}` : ''}`;
}

export function manifestPrefix(job: Uint8Array): string {
  return `manifests/${toHex(job)}/`;
}

/** What a manifest's key says; undefined for a key that is none. */
export function parseManifestName(key: string): { job: Uint8Array; number: number } | undefined {
  const match = /^manifests\/([0-9a-f]{32})\/(\d{15})(?:-[0-9a-f]{8})?$/.exec(key);
  if (!match) return undefined;
  return { job: fromHex(match[1] as string, ID_BYTES, key), number: HIGHEST - Number(match[2]) };
}

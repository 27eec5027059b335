/** Tests that the lane leaves out, each with the reason. */
export const leftOut: [file: string, why: string][] = [
  ['test/house-rules.test.ts', 'it reads the sources, which are the same everywhere'],
  ['test/docs.test.ts', 'it reads the papers, which are the same everywhere'],
  ['test/faults.test.ts', 'it tries a store that fails, the same everywhere, and takes very long under Wine'],
  ['test/owners/linux.test.ts', 'it looks into /proc'],
  ['test/shadow/{btrfs,lvm,zfs}.test.ts', 'they are about file systems of other systems'],
  ['test/archive/*.test.ts', 'they compare with the tar, zip and Python of a POSIX system'],
];

/** Tests that the lane leaves out, each with the reason. */
export const leftOut: [file: string, why: string][] = [
  ['test/house-rules.test.ts', 'it reads the sources, which are the same everywhere'],
  ['test/docs.test.ts', 'it reads the papers, which are the same everywhere'],
  [
    'test/{chunk,contract,diff,digest,fakes,format,manifest,model,pack,seal}/**',
    'they ask the system for nothing, so they are the same everywhere',
  ],
  ['test/flow/!(make-directories).test.ts', 'the same'],
  ['test/{crash,soak}/**', 'they take very long under Wine; a push that is killed is in test/e2e'],
  [
    'test/watch/memory.test.ts',
    'thousands of checks take very long under Wine; memory is the same everywhere',
  ],
  ['test/bench/**', 'it counts requests and bytes, which are the same everywhere'],
  [
    'test/{interrupted,upload/many-pushes}.test.ts',
    'they ask the system for nothing that others do not, and take a minute and a half under Wine',
  ],
  ['test/exe/**', 'the one-file program is driven by test/windows/one-file.test.ts'],
  ['test/faults.test.ts', 'it tries a store that fails, the same everywhere, and takes very long under Wine'],
  ['test/owners/linux.test.ts', 'it looks into /proc'],
  ['test/shadow/{btrfs,lvm,zfs}.test.ts', 'they are about file systems of other systems'],
];

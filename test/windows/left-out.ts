/** Tests that the lane leaves out, each with the reason. */
export const leftOut: [file: string, why: string][] = [
  ['test/house-rules.test.ts', 'it reads the sources, which are the same everywhere'],
  ['test/docs.test.ts', 'it reads the papers, which are the same everywhere'],
  ['test/faults.test.ts', 'it tries a store that fails, the same everywhere, and takes very long under Wine'],
];

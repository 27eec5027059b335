import { defineConfig } from 'vitest/config';
import { leftOut } from './left-out.ts';

/*
 * The tests as the Windows lane runs them (run.mjs): the program is built before, outside, and the S3 servers run outside.
 */

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname.replace(/^\/(?=[A-Z]:)/, ''),
  test: {
    include: ['test/**/*.test.ts'],
    exclude: leftOut.map(([file]) => file),
    globalSetup: ['test/fixtures/s3-setup.ts'],
    execArgv: ['--max-old-space-size=1536', '--wasm-wrapper-tiering-budget=1000000000'], // why: ../../vitest.config.ts
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 300_000,
  },
});

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/fixtures/build-setup.ts', 'test/fixtures/s3-setup.ts'],
    // A test that runs away must fail, not take the machine with it.
    execArgv: ['--max-old-space-size=1536'],
    testTimeout: 60_000,
    hookTimeout: 600_000, // the first run may build the S3 servers
  },
});

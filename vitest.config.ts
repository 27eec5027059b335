import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/fixtures/s3-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 600_000, // the first run may build the S3 servers
  },
});

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/fixtures/build-setup.ts', 'test/fixtures/s3-setup.ts'],
    execArgv: [
      // A test that runs away must fail, not take the machine with it.
      '--max-old-space-size=1536',
      // Node strips types by WebAssembly, in the threads of lanes, too; V8 of Node 24 now and then dies when such threads make their calls
      // out of it faster (Runtime_TierUpWasmToJSWrapper). The built program has no WebAssembly.
      '--wasm-wrapper-tiering-budget=1000000000',
    ],
    // On two cores vitest would use one, and many tests mostly wait for a program or a server.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 60_000,
    hookTimeout: 600_000, // the first run may build the S3 servers
  },
});

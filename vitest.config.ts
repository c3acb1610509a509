import { defineConfig } from 'vitest/config';

const lib = new URL('./lib/index.ts', import.meta.url).pathname;
const testing = new URL('./lib/testing/index.ts', import.meta.url).pathname;

export default defineConfig({
  // The longer name first: an alias also stands for the beginning of a path.
  resolve: { alias: { 'active-record-ts/testing': testing, 'active-record-ts': lib } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // On two cores: most of the time goes to waiting for servers and for processes that tests have started.
    maxWorkers: 4,
  },
});

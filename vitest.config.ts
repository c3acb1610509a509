import { defineConfig } from 'vitest/config';

const lib = new URL('./lib/index.ts', import.meta.url).pathname;

export default defineConfig({
  resolve: { alias: { 'active-record-ts': lib } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers only make the servers wait for one another.
    maxWorkers: 2,
  },
});

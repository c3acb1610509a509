import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { compiledLibrary } from './test/support/compiled.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
// Of this run alone, inside of this repository, where its dependencies are found. The setup of all tests fills it.
const compiled = `${root}dist.test-${process.pid}`;

export default defineConfig({
  plugins: [compiledLibrary(`${root}lib`, compiled)],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    provide: { compiled },
    server: { deps: { external: [/\/dist\.test-/] } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // On two cores: most of the time goes to waiting for servers and for processes that tests have started.
    maxWorkers: 4,
  },
});

/** Once before all test files: compiles the library, finds the servers, tells the workers; at the end says what was tested. */
import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { compile } from './compiled.ts';
import { findServers, type Servers } from './servers.ts';
import { wantedDialects } from './wanted.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    mysqlUrl: string | null;
    postgresUrl: string | null;
    /** The folder of the compiled library. */
    compiled: string;
  }
}

function notTested({ missing }: Servers): string[] {
  return missing.map(({ database, reason }) => `not tested: ${database} — ${reason}`);
}

function tested(servers: Servers): string {
  const sqlite = wantedDialects().includes('sqlite') ? ['sqlite'] : [];
  const found = [servers.mysql, servers.postgres].filter((server) => server !== undefined);
  const names = [...sqlite, ...found.map(({ version, origin }) => `${version} (${origin})`)];
  return `databases: ${names.join(', ') || 'none'}`;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await findServers();
  if (process.env.CI === 'true' && servers.missing.length > 0) {
    await servers.stop();
    // On a developer's machine a missing server is only reported; a CI run that tests less than asked for is no pass.
    throw new Error(
      ['CI=true needs every database, limited only by AR_TEST_DATABASES', ...notTested(servers)].join('\n'),
    );
  }
  const { compiled } = project.config.provide;
  if (compiled === undefined) throw new Error('vitest.config.ts names no folder for the compiled library');
  compile(compiled);
  project.onTestsRerun(() => compile(compiled));
  project.provide('mysqlUrl', servers.mysql?.url ?? null);
  project.provide('postgresUrl', servers.postgres?.url ?? null);
  return async () => {
    rmSync(compiled, { recursive: true, force: true });
    await servers.stop();
    console.log([tested(servers), ...notTested(servers)].join('\n'));
  };
}

/** Finds the servers once before all test files, tells the workers, and says at the end what was and was not tested. */
import type { TestProject } from 'vitest/node';
import { findServers, type Servers } from './servers.ts';
import { wantedDialects } from './wanted.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    mysqlUrl: string | null;
    postgresUrl: string | null;
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
  project.provide('mysqlUrl', servers.mysql?.url ?? null);
  project.provide('postgresUrl', servers.postgres?.url ?? null);
  return async () => {
    await servers.stop();
    console.log([tested(servers), ...notTested(servers)].join('\n'));
  };
}

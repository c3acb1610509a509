import type { Adapter, ConnectionConfig } from '../adapters/contract.ts';

/** Adapters are read from disk when a connection needs them: a program on SQLite never loads the others. */
export async function loadAdapter(name: ConnectionConfig['adapter']): Promise<Adapter> {
  switch (name) {
    case 'mysql':
      return (await import('../adapters/mysql/adapter.ts')).mysqlAdapter;
    case 'postgres':
      return (await import('../adapters/postgres/adapter.ts')).postgresAdapter;
    case 'sqlite':
      return (await import('../adapters/sqlite/adapter.ts')).sqliteAdapter;
  }
}

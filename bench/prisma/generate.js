// Generates Prisma's client into prisma/generated, as JavaScript. The bench runs it where that is missing; after a change
// of the schema: node prisma/generate.js
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const generated = join(folder, 'generated');
const cli = fileURLToPath(new URL('../node_modules/prisma/build/index.js', import.meta.url));

rmSync(generated, { recursive: true, force: true });
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [cli, 'generate', '--schema', join(folder, 'schema.prisma')],
  {
    encoding: 'utf8',
    env: {
      ...process.env,
      // This client has no engine, but the tool would download that of migrations, unless a program is named in its
      // place. It is not started here.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  },
);
if (status !== 0) throw new Error(`prisma generate failed:\n${stdout}${stderr}`);

// The client is TypeScript: a program compiles it before it runs, so loading it must not cost that. Moved when all is
// done: a folder that exists is a whole one.
const made = join(folder, 'generating');
rmSync(made, { recursive: true, force: true });
renameSync(generated, made);
for (const name of readdirSync(made, { recursive: true })) {
  if (!name.endsWith('.ts')) continue;
  const file = join(made, name);
  writeFileSync(`${file.slice(0, -3)}.js`, stripTypeScriptTypes(readFileSync(file, 'utf8')));
  rmSync(file);
}
renameSync(made, generated);

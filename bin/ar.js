#!/usr/bin/env node
// npm puts node_modules/.bin first on the PATH of install scripts, so a native package that is built from source would
// call this command where it means the system's archiver (`ar crs library.a …`). Such calls are passed on to it.
const args = process.argv.slice(2);
if (/^-?[a-zA-Z]+$/.test(args[0] ?? '') && /\.a$/.test(args[1] ?? '')) {
  const { spawnSync } = await import('node:child_process');
  const { delimiter } = await import('node:path');
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !/node_modules[\\/]\.bin[\\/]?$/.test(folder));
  const result = spawnSync('ar', args, { stdio: 'inherit', env: { ...process.env, PATH: path.join(delimiter) } });
  if (result.error !== undefined) {
    console.error(`error: the system's archiver "ar" could not be run: ${result.error.message}`);
  }
  process.exitCode = result.status ?? 1;
} else {
  await import('../dist/cli/main.js');
}

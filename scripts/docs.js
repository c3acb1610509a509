// npm run docs [-- --preview | --write]: makes a site of README.md, docs/, the examples and the API reference. Its tools
// are in site/, apart from those of the library; they are installed where they are missing, and nothing else needs the
// network. --preview then serves what was built; --write serves the pages while they are written.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const site = join(root, 'site');
const { values } = parseArgs({ options: { preview: { type: 'boolean' }, write: { type: 'boolean' } } });

if (!existsSync(join(root, 'node_modules'))) fail('The library is not installed: run npm ci first.');
if (!existsSync(join(site, 'node_modules'))) {
  step('installing the tools of the site', 'npm', ['ci', '--prefix', site, '--no-audit', '--no-fund']);
}
const vitepress = 'node_modules/vitepress/bin/vitepress.js';
if (values.write) {
  step('the guides, served while they are written', 'node', [vitepress, 'dev']);
} else {
  step('the guides, with every link checked', 'node', [vitepress, 'build']);
  step('the API reference, from the comments of lib/', 'node', ['node_modules/typedoc/bin/typedoc']);
  const pages = filesOf(join(site, 'dist')).filter((file) => file.endsWith('.html'));
  for (const page of pages) checkHosts(page);
  checkAnchors(pages.filter((page) => !page.startsWith(join(site, 'dist/api'))));
  console.log(`\nThe site is in site/dist: ${pages.length} pages, which load nothing from elsewhere.`);
  console.log('To look at it: npm run docs -- --preview');
  if (values.preview) step('the site, served', 'node', [vitepress, 'preview']);
}

/**
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 */
function step(what, command, args) {
  const start = Date.now();
  console.log(`\n${what}`);
  // A pipe gets plain text: the tools of the site write colours into one, whatever NO_COLOR says. What serves prints at once.
  const isServer = values.write === true || args[1] === 'preview';
  const { status, error, stdout, stderr } =
    process.stdout.isTTY || isServer
      ? spawnSync(command, args, { cwd: site, stdio: 'inherit' })
      : spawnSync(command, args, { cwd: site, stdio: ['inherit', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });
  process.stdout.write(stripVTControlCharacters(`${stdout ?? ''}`));
  process.stderr.write(stripVTControlCharacters(`${stderr ?? ''}`));
  if (status !== 0) fail(`${[command, ...args].join(' ')} ended with ${error?.message ?? `code ${status}`}.`);
  console.log(`done (${((Date.now() - start) / 1000).toFixed(1)} s)`);
}

/** @param {string} folder */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
}

/**
 * Fonts, scripts and images of other hosts would tell them who reads this. Links may lead there.
 * @param {string} page
 */
function checkHosts(page) {
  const html = readFileSync(page, 'utf8');
  const [loaded] =
    /<(?:script|img|iframe|source)\b[^>]*\bsrc="(?:https?:)?\/\/[^"]*|<link\b[^>]*\bhref="(?:https?:)?\/\/[^"]*/.exec(
      html,
    ) ?? [];
  if (loaded !== undefined) fail(`${page} loads something from elsewhere: ${loaded}`);
}

/**
 * VitePress checks links to pages, but not to the headings of pages.
 * @param {string[]} pages
 */
function checkAnchors(pages) {
  const texts = new Map(pages.map((page) => [page, readFileSync(page, 'utf8')]));
  const dead = [...texts].flatMap(([page, html]) =>
    [...html.matchAll(/<a\b[^>]*\bhref="([^":?]*)#([^"]+)"/g)].flatMap(([, path = '', anchor = '']) => {
      const target = path === '' ? page : path.startsWith('/') ? join(site, 'dist', path) : join(page, '..', path);
      const id = decodeURIComponent(anchor);
      return texts.get(target)?.includes(`id="${id}"`) ? [] : [`${relative(site, page)} → ${path}#${id}`];
    }),
  );
  if (dead.length > 0) fail(`links to headings that are not there:\n${dead.join('\n')}`);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

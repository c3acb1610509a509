import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitepress';
import { diagrams } from './diagrams.ts';
import { guides } from './pages.ts';

/** The pages lie outside of this folder, and would look for it there. */
const vueOfThisFolder: Plugin = {
  name: 'vue-of-this-folder',
  enforce: 'pre',
  resolveId(id, _importer, options) {
    if (id !== 'vue' && !id.startsWith('vue/')) return undefined;
    if (options.ssr) return { id, external: true }; // what is rendered while building runs in this folder
    return this.resolve(id, fileURLToPath(import.meta.url), { ...options, skipSelf: true });
  },
};

// The pages are those of the repository, where they are: README.md, docs/ and what they link to. Links between them are
// relative, so that they work on code hosts too; one that leads nowhere fails the build.
export default defineConfig({
  title: 'active-record-ts',
  description: "Rails' Active Record for TypeScript, on MySQL, MariaDB, PostgreSQL and SQLite",
  srcDir: '..',
  srcExclude: ['**/node_modules/**', '**/dist/**', '{lib,test,scripts,bin}/**', 'dist.*/**', 'coverage/**'],
  rewrites: { 'site/index.md': 'index.md' },
  outDir: './dist',
  cacheDir: './.vitepress/cache',
  lastUpdated: false,
  markdown: { config: diagrams },
  vite: {
    plugins: [vueOfThisFolder],
    build: { chunkSizeWarningLimit: 4_000 }, // the index of the search
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/docs/getting-started' },
      { text: 'API', link: '/api/index.html', target: '_self' },
      { text: 'Examples', link: '/examples/README' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: {
      '/': [
        { text: 'Overview', link: '/README' },
        ...guides(),
        {
          text: 'Examples',
          items: [
            { text: 'A REST API', link: '/examples/rest-api/README' },
            { text: 'A command', link: '/examples/cli/README' },
          ],
        },
        {
          text: 'Project',
          items: [
            { text: 'Benchmarks', link: '/bench/README' },
            { text: 'Contributing', link: '/CONTRIBUTING' },
            { text: 'Changes', link: '/CHANGELOG' },
          ],
        },
      ],
    },
  },
});

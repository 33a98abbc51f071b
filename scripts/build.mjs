// Bundles Haven into dist/: one small file that VS Code loads at start, one for the language side, one for hosts, one for
// the command line. Each door (`<folder>/index.ts`) is bundled once and required by the others when first used.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { noticesOf } from './notices.mjs';

const minify = !process.argv.includes('--no-minify');
const doors = { service: 'src/service', run: 'src/run', operations: 'src/vscode/operations', lsp: 'src/lsp' };

/** An import of another folder's door becomes a require of its bundle, so that `await import('../service')` loads it late. */
const lazyDoors = {
  name: 'lazy-doors',
  setup(bundler) {
    bundler.onResolve({ filter: /^(?:\.\.\/)+(?:service|run|operations|lsp)$/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${path.split('/').at(-1)}.js`, external: true },
    );
  },
};

/** ssh2 and its helpers run without their native parts; leaving them out keeps one package for every platform. */
const noNativeAddons = {
  name: 'no-native-addons',
  setup(bundler) {
    bundler.onResolve({ filter: /\.node$|^cpu-features$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    bundler.onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'throw new Error("not built in")' }));
  },
};

/** What of ssh2 nothing here calls: SFTP (files go through commands), agents of HTTP. */
const noUnusedProtocols = {
  name: 'no-unused-protocols',
  setup(bundler) {
    bundler.onResolve({ filter: /\/(?:SFTP|http-agents)\.js$/ }, ({ path, importer }) =>
      /\/node_modules\/ssh2\//.test(importer) ? { path, namespace: 'unused' } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'exports.SFTP = class {};' }));
  },
};

/**
 * The large tables of the languages, all in one file that is read when the first is needed: Brotli takes a fifth less of them
 * than the package could, and a table is read faster as JSON than as a script.
 */
const tables = {};
const apart = 4096;
const packedTables = {
  name: 'packed-tables',
  setup(bundler) {
    bundler.onLoad({ filter: /\/src\/catalog\/.*\.json$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (text.length < apart) return undefined;
      const name = relative('src/catalog', path);
      tables[name] = JSON.parse(text);
      return {
        contents: `import { tables } from 'all-tables'; module.exports = tables[${JSON.stringify(name)}];`,
        resolveDir: '.',
      };
    });
    bundler.onResolve({ filter: /^all-tables$/ }, ({ path }) => ({ path, namespace: 'all-tables' }));
    bundler.onLoad({ filter: /.*/, namespace: 'all-tables' }, () => ({
      contents: `
        const { readFileSync } = require('node:fs');
        const { brotliDecompressSync } = require('node:zlib');
        exports.tables = JSON.parse(brotliDecompressSync(readFileSync(__dirname + '/tables.json.br')));`,
    }));
  },
};

await rm('dist', { recursive: true, force: true });
const hosted = await build({
  entryPoints: {
    extension: 'src/vscode/extension.ts',
    cli: 'src/cli/main.ts',
    ...Object.fromEntries(Object.entries(doors).map(([door, folder]) => [door, `${folder}/index.ts`])),
  },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode'],
  // As a call of `require`: where Node imports such a file, it guesses its exports from the text, and finds none in some.
  supported: { 'dynamic-import': false },
  plugins: [lazyDoors, noNativeAddons, noUnusedProtocols, packedTables],
  minify,
  sourcemap: minify ? false : 'linked',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

// Sorted, so that the same sources make the same package.
const sorted = Object.fromEntries(Object.entries(tables).sort(([one], [other]) => (one < other ? -1 : 1)));
await writeFile('dist/tables.json.br', brotliCompressSync(JSON.stringify(sorted)));

// What runs in the panels, in the browser's own world.
const shownInPanels = await build({
  entryPoints: { webview: 'webview/main.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  minify,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

const bundled = [hosted, shownInPanels].flatMap(({ metafile }) => Object.keys(metafile.inputs));
await writeFile('dist/notices.txt', await noticesOf(bundled));

// Korean texts are written in one file for each area, and read from one. Brotli takes a fifth less of it than the package could.
const korean = {};
for (const name of await readdir('l10n/ko'))
  Object.assign(korean, JSON.parse(await readFile(`l10n/ko/${name}`, 'utf8')));
// Those of snippets are needed here alone: the manifest names other files of them, see below.
const ofSnippets = JSON.parse(await readFile('l10n/ko/snippets.json', 'utf8'));
const shown = Object.fromEntries(Object.entries(korean).filter(([english]) => !(english in ofSnippets)));
await writeFile('dist/texts-ko.json.br', brotliCompressSync(JSON.stringify(shown)));

// VS Code reads those that `vscode.l10n` is asked for by itself, before Haven begins.
const asked = new Set();
for (const path of (await readdir('src/vscode', { recursive: true })).filter((each) => each.endsWith('.ts')))
  for (const [, , text] of (await readFile(`src/vscode/${path}`, 'utf8')).matchAll(
    /\bl10n\.t\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs,
  ))
    asked.add(text.replace(/\\(.)/g, '$1'));
await writeFile(
  'l10n/bundle.l10n.ko.json',
  `${JSON.stringify(Object.fromEntries(Object.entries(korean).filter(([english]) => asked.has(english))))}\n`,
);

// VS Code has no texts for snippets in another language, but the manifest may name another file for each.
await mkdir('dist/snippets-ko');
for (const name of await readdir('snippets')) {
  const snippets = Object.entries(JSON.parse(await readFile(`snippets/${name}`, 'utf8')));
  const spoken = snippets.map(([title, snippet]) => [
    korean[title],
    { ...snippet, description: korean[snippet.description] },
  ]);
  await writeFile(`dist/snippets-ko/${name}`, `${JSON.stringify(Object.fromEntries(spoken))}\n`);
}

// The pages of all rules in one file: as files of their own they would be a tenth of the package. Brotli takes a fifth less of
// it than the package itself could.
const pages = {};
for (const family of (await readdir('docs/rules', { withFileTypes: true })).filter((each) => each.isDirectory()))
  for (const name of await readdir(`docs/rules/${family.name}`))
    pages[`${family.name}/${name.replace(/\.md$/, '')}`] = await readFile(`docs/rules/${family.name}/${name}`, 'utf8');
await writeFile('dist/rule-pages.json.br', brotliCompressSync(JSON.stringify(pages)));

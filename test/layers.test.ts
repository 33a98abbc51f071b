import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/** The import rule of ARCHITECTURE.md: a folder may use itself, the folders listed, and the modules listed. */
const layers: Readonly<Record<string, { readonly folders: readonly string[]; readonly modules: readonly RegExp[] }>> = {
  base: { folders: [], modules: [] },
  catalog: { folders: ['base'], modules: [] },
  syntax: { folders: ['base'], modules: [/^yaml$/] },
  model: { folders: ['base', 'catalog', 'syntax'], modules: [] },
  rules: { folders: ['base', 'catalog', 'syntax', 'model'], modules: [] },
  service: { folders: ['base', 'catalog', 'syntax', 'model', 'rules'], modules: [] },
  ops: { folders: ['base', 'model'], modules: [] },
  run: { folders: ['base', 'ops'], modules: [/^node:/, /^ssh2$/] },
  cli: {
    folders: ['base', 'catalog', 'syntax', 'model', 'rules', 'service', 'ops', 'run', 'lsp'],
    modules: [/^node:/],
  },
  lsp: { folders: ['base', 'service'], modules: [/^node:/, /^vscode-languageserver/] },
  vscode: { folders: ['base', 'model', 'service', 'ops', 'run'], modules: [/^node:/, /^vscode$/] },
};

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesBelow(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function importsOf(text: string): string[] {
  const found = text.matchAll(
    /(?:^|[\s;}])(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|(?:import|require)\(\s*['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm,
  );
  return [...found].map((each) => each[1] ?? each[2] ?? each[3] ?? '');
}

test('every import follows the table', () => {
  const violations: string[] = [];
  for (const path of sourcesBelow('src')) {
    const folder = relative('src', path).split('/')[0] ?? '';
    const allowed = layers[folder];
    if (allowed === undefined) {
      violations.push(`${path}: the folder "${folder}" is not in the table`);
      continue;
    }
    for (const target of importsOf(readFileSync(path, 'utf8'))) {
      if (target.startsWith('.')) {
        const place = relative('src', join(dirname(path), target));
        // Which Haven this is.
        if (place === '../package.json') continue;
        const other = place.split('/')[0] ?? '';
        if (other !== folder && !allowed.folders.includes(other)) violations.push(`${path}: imports ${place}`);
      } else if (!allowed.modules.some((module) => module.test(target))) violations.push(`${path}: imports ${target}`);
    }
  }
  assert.deepEqual(violations, []);
});

/** The file of the repository that `target` names in the file at `path`; undefined where it is no file of ours. */
function fileOf(path: string, target: string): string | undefined {
  if (!target.startsWith('.')) return undefined;
  const place = join(dirname(path), target);
  return [`${place}.ts`, join(place, 'index.ts')].find((each) => existsSync(each));
}

test('no file reaches itself by imports, types among them', () => {
  const files = [...sourcesBelow('src'), ...sourcesBelow('webview')];
  const imports = new Map(
    files.map((path) => [path, importsOf(readFileSync(path, 'utf8')).flatMap((each) => fileOf(path, each) ?? [])]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) circles.push([...way.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    for (const next of imports.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of files) visit(path, []);
  assert.deepEqual(circles, []);
});

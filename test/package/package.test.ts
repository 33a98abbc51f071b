import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { before, describe, test } from 'node:test';
import { brotliDecompressSync, inflateRawSync } from 'node:zlib';
import { listFiles } from '@vscode/vsce';
import { allRules } from '../../src/rules';
import { CliWorld } from '../support/cli-world';

const snapshots = '/var/lib/rancher/k3s/server/db/snapshots';
const largestVsixBytes = 1024 * 1024;

/** One file of an archive, found by the list at its end. */
function entryOf(archive: Buffer, name: string): Buffer {
  let at = archive.readUInt32LE(archive.lastIndexOf('PK\x05\x06') + 16);
  while (archive.readUInt32LE(at) === 0x02014b50) {
    const [method, nameLength] = [archive.readUInt16LE(at + 10), archive.readUInt16LE(at + 28)];
    const more = nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const bytes = archive.subarray(start, start + archive.readUInt32LE(at + 20));
      return method === 0 ? bytes : inflateRawSync(bytes);
    }
    at += 46 + more;
  }
  throw new Error(`no ${name} in it`);
}

type Texts = Readonly<Record<string, string>>;

describe('the packed extension', () => {
  before(() => {
    execFileSync('npm', ['run', '-s', 'package'], { stdio: ['ignore', 'ignore', 'inherit'] });
  });

  test('is smaller than 1 MB', () => {
    assert.ok(statSync('haven.vsix').size < largestVsixBytes, `${statSync('haven.vsix').size} bytes`);
  });

  test('holds what runs and what is shown, and no source', async () => {
    const files = await listFiles({ cwd: '.', packageManager: 2 as never });
    const kinds = new Set(files.map((path) => path.split('/')[0] ?? ''));
    const allowed = [
      'package.json',
      'package.nls.json',
      'package.nls.ko.json',
      'dist',
      'docs',
      'examples',
      'l10n',
      'syntaxes',
      'snippets',
      'media',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
    ];
    assert.deepEqual(
      [...kinds].filter((each) => !allowed.includes(each)),
      [],
    );
    assert.deepEqual(
      files.filter((path) => /\.(ts|map|test\.js|pem|key)$/.test(path)),
      [],
    );
    // VS Code never starts these two: the command line and other editors have them from a build.
    assert.deepEqual(
      files.filter((path) => ['dist/cli.js', 'dist/lsp.js'].includes(path)),
      [],
    );
    for (const needed of [
      'dist/extension.js',
      'dist/service.js',
      'dist/run.js',
      'dist/tables.json.br',
      'l10n/bundle.l10n.ko.json',
      'dist/texts-ko.json.br',
      'dist/rule-pages.json.br',
      'dist/notices.txt',
    ]) {
      assert.ok(files.includes(needed), needed);
    }
  });

  test('has the Korean of every text that VS Code is asked for', () => {
    const vsix = readFileSync('haven.vsix');
    const korean = JSON.parse(entryOf(vsix, 'extension/l10n/bundle.l10n.ko.json').toString()) as Texts;
    const code = ['extension', 'operations', 'run', 'service']
      .map((each) => entryOf(vsix, `extension/dist/${each}.js`).toString())
      .join('\n');
    const asked = [...code.matchAll(/\bl10n\.t\((?:(["'`])((?:\\.|(?!\1)[^\\])*)\1)?/g)].map((each) => each[2]);
    const texts = asked.map((each) => each?.replace(/\\n/g, '\n').replace(/\\(.)/g, '$1'));
    assert.ok(texts.length > 300, `${texts.length}`);
    assert.deepEqual(
      texts.filter((each) => each === undefined || !(each in korean)),
      [],
    );
  });

  test('carries no secret and no path of the machine it was built on', () => {
    for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
      const path = join('dist', name);
      if (statSync(path).isDirectory()) continue;
      const bytes = readFileSync(path);
      const text = (path.endsWith('.br') ? brotliDecompressSync(bytes) : bytes).toString();
      assert.doesNotMatch(text, /-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]{40}/, path);
      assert.ok(!text.includes(process.cwd()), path);
    }
  });

  test('finds, plans and operates as what was built does: its bundles are packed once more', async () => {
    const world = await CliWorld.make('127.77.61');
    try {
      const dist = join(world.home, 'dist');
      copyFileSync('dist/cli.js', join(dist, 'cli.js'));
      const answers = [];
      for (const packed of [false, true]) {
        for (const name of ['service.js', 'run.js', 'tables.json.br'])
          writeFileSync(
            join(dist, name),
            packed ? entryOf(readFileSync('haven.vsix'), `extension/dist/${name}`) : readFileSync(join('dist', name)),
          );
        const lint = await world.run(['lint', '--format', 'json', resolve('test/fixtures'), resolve('examples')]);
        const matrix = await world.run(['simulate', world.folder, '--matrix', '--format', 'json']);
        const saved = await world.run(['run', 'snapshot', '--yes', '--in', world.folder]);
        assert.equal(saved.code, 0, saved.stderr + saved.stdout);
        answers.push([lint, matrix, saved.code]);
      }
      assert.ok(JSON.stringify(answers[0]).length > 10_000);
      assert.deepEqual(answers[1], answers[0]);
      assert.equal(world.practice.nodes.flatMap((each) => each.files.list(snapshots)).length, 2);
    } finally {
      await world.close();
    }
  });

  test('has a page of its own whose links lead somewhere: VS Code opens no file from there', () => {
    const readme = entryOf(readFileSync('haven.vsix'), 'extension/readme.md').toString();
    assert.match(readme, /^# Haven\n/);
    const links = [...readme.matchAll(/(!?)\[[^\]]*\]\(([^)]+)\)/g)].map(([, image, target]) => ({ image, target }));
    assert.ok(links.length > 0);
    for (const { image, target = '' } of links)
      if (image === '!') assert.ok(entryOf(readFileSync('haven.vsix'), `extension/${target}`).length > 0);
      else assert.match(target, /^https?:/);
    assert.match(readme, /`docs\/operations\.md`/);
  });

  test('points only to files that exist', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { contributes: Record<string, unknown> };
    const paths = [...JSON.stringify(manifest.contributes).matchAll(/"(\.\/[^"]+)"/g)].map((each) => each[1] ?? '');
    assert.deepEqual(
      paths.filter((path) => !existsSync(path)),
      [],
    );
  });

  test('every text of the manifest exists in both languages', () => {
    const keys = [...readFileSync('package.json', 'utf8').matchAll(/"%([^%"]+)%"/g)]
      .map((each) => each[1] ?? '')
      .sort();
    for (const name of ['package.nls.json', 'package.nls.ko.json']) {
      assert.deepEqual(Object.keys(JSON.parse(readFileSync(name, 'utf8')) as object).sort(), [...new Set(keys)], name);
    }
  });

  test('every rule that can speak has a page in it', () => {
    const pages = JSON.parse(brotliDecompressSync(readFileSync('dist/rule-pages.json.br')).toString()) as Readonly<
      Record<string, string>
    >;
    const missing = allRules.filter(({ id }) => pages[id]?.startsWith(`# ${id}`) !== true);
    assert.deepEqual(missing, []);
  });
});

// Writes docs/rules/: a page for each rule, its head from the code and its body from the text beside the rule, and an index.
//   node --import tsx scripts/rule-pages.ts [--check]
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { allRules } from '../src/rules';
import { filesBelow } from '../test/support/files';

const root = join('docs', 'rules');
const check = process.argv.includes('--check');

const pages = new Map<string, string>();
const sorted = [...allRules].sort((a, b) => a.id.localeCompare(b.id));
for (const rule of sorted) {
  const body = readFileSync(join('src', 'rules', `${rule.id}.md`), 'utf8');
  pages.set(join(root, `${rule.id}.md`), `# ${rule.id}\n\n${rule.summary}\n\nSeverity: ${rule.severity}\n\n${body}`);
}
const rows = sorted.map((rule) => `| [${rule.id}](${rule.id}.md) | ${rule.severity} | ${rule.summary} |`);
pages.set(
  join(root, 'README.md'),
  `# Rules\n\nMade from the code by \`npm run rule-pages\`.\n\n| rule | severity | what it finds |\n| --- | --- | --- |\n${rows.join('\n')}\n`,
);

const stale = [...pages]
  .filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text)
  .map(([path]) => path);
const surplus = existsSync(root) ? filesBelow(root, '.md').filter((path) => !pages.has(path)) : [];
if (check) {
  for (const path of [...stale, ...surplus])
    process.stdout.write(`${path} is not what the code says: run npm run rule-pages\n`);
  process.exitCode = stale.length + surplus.length > 0 ? 1 : 0;
} else {
  for (const path of surplus) rmSync(path);
  for (const path of stale) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, pages.get(path) ?? '');
  }
  process.stdout.write(`${pages.size} pages, ${stale.length} written, ${surplus.length} removed\n`);
}

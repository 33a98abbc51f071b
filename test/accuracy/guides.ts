// Lints the operators' guides as documents and prints every finding: guide, line, severity, rule.
//   HAVEN_SHARED=… node --import tsx test/accuracy/guides.ts
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Workspace } from '../../src/service';
import { sharedFolder } from '../support/shared';

const folder = sharedFolder('guides');
if (folder === undefined) process.stdout.write('the folder of guides is not there\n');
for (const name of folder === undefined
  ? []
  : readdirSync(folder)
      .filter((each) => each.endsWith('.txt'))
      .sort()) {
  const workspace = new Workspace();
  const path = name.replace(/\.txt$/, '.md');
  workspace.open(path, readFileSync(join(folder ?? '', name), 'utf8'));
  const lines = workspace.file(path)?.lines;
  const rows = workspace
    .diagnose(path)
    .map((each) => ({ line: (lines?.positionAt(each.span.start).line ?? 0) + 1, ...each }))
    .sort((a, b) => a.line - b.line);
  for (const each of rows)
    process.stdout.write(`| ${name.slice(0, 3)} | ${each.line} | ${each.severity} | ${each.rule} |\n`);
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Diagnostic } from '../base/finding';
import { render } from '../base/message';
import { parseVersion } from '../base/version';
import { Workspace, type WorkspaceFile } from '../service';

const docsBase = 'docs/rules/';

interface FileReport {
  readonly path: string;
  readonly kind: string | null;
  readonly diagnostics: readonly Report[];
}

interface Report {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
  readonly docs: string;
}

/** `haven lint`: exit code 0 when nothing is at error level, 1 when something is, 2 when it could not run. */
export async function lint(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      format: { type: 'string', default: 'text' },
      'haproxy-version': { type: 'string' },
      'keepalived-version': { type: 'string' },
    },
  });
  if (positionals.length === 0) {
    process.stderr.write('haven lint: name at least one file or folder\n');
    return 2;
  }

  const workspace = new Workspace({
    haproxy: values['haproxy-version'] === undefined ? undefined : parseVersion(values['haproxy-version']),
    keepalived: values['keepalived-version'] === undefined ? undefined : parseVersion(values['keepalived-version']),
  });
  const given: string[] = [];
  for (const path of positionals) {
    if ((await stat(path)).isDirectory()) {
      for (const found of await filesBelow(path)) {
        if (workspace.open(found, await readFile(found, 'utf8')) !== undefined) given.push(found);
      }
    } else {
      workspace.open(path, await readFile(path, 'utf8'));
      given.push(path);
    }
  }

  const reports = given.map((path) => reportOf(path, workspace));
  if (values.format === 'json') process.stdout.write(`${JSON.stringify({ version: 1, files: reports }, null, 1)}\n`);
  else process.stdout.write(reports.map(textOf).join(''));
  return reports.some((file) => file.diagnostics.some((each) => each.severity === 'error')) ? 1 : 0;
}

/** Every regular file below `folder`, except in version control and dependency folders; links are not followed. */
async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === '.git' || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path)));
    else if (entry.isFile()) found.push(path);
  }
  return found.sort();
}

function reportOf(path: string, workspace: Workspace): FileReport {
  const file = workspace.file(path);
  if (file === undefined) return { path, kind: null, diagnostics: [] };
  return { path, kind: file.kind, diagnostics: workspace.diagnose(path).map((each) => toReport(each, file)) };
}

function toReport(diagnostic: Diagnostic, file: WorkspaceFile): Report {
  const start = file.lines.positionAt(diagnostic.span.start);
  const end = file.lines.positionAt(diagnostic.span.end);
  return {
    rule: diagnostic.rule,
    severity: diagnostic.severity,
    message: render(diagnostic.message),
    start: { line: start.line + 1, column: start.column + 1 },
    end: { line: end.line + 1, column: end.column + 1 },
    docs: `${docsBase}${diagnostic.rule}.md`,
  };
}

function textOf(file: FileReport): string {
  return file.diagnostics
    .map(
      (each) =>
        `${file.path}:${each.start.line}:${each.start.column}: ${each.severity}: ${each.message} [${each.rule}]\n`,
    )
    .join('');
}

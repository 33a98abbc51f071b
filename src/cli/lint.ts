import { readdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Diagnostic } from '../base/finding';
import { render, type Speak } from '../base/message';
import { applyEdits, type TextEdit } from '../base/span';
import { parseVersion } from '../base/version';
import type { WorkspaceFile } from '../service';
import { type FileReport, formats, type Report } from './lint-formats';
import { type Given, type Loaded, load, slashed } from './load';
import { err, out } from './terminal';
import { text } from './words';

const docsBase = 'docs/rules/';

/** `haven lint`: exit code 0 when nothing is at error level, 1 when something is, 2 when it could not run. */
export async function lint(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      // The files and folders that one haproxy is started with, in its order.
      f: { type: 'string', short: 'f', multiple: true, default: [] },
      format: { type: 'string', default: 'text' },
      fix: { type: 'boolean', default: false },
      'haproxy-version': { type: 'string' },
      'keepalived-version': { type: 'string' },
      'k3s-version': { type: 'string' },
      'kubernetes-version': { type: 'string' },
    },
  });
  const format = Object.hasOwn(formats, values.format) ? formats[values.format] : undefined;
  if (positionals.length + values.f.length === 0 || format === undefined) {
    const reason =
      format === undefined
        ? `unknown format; known are: ${Object.keys(formats).join(', ')}`
        : 'name at least one file or folder';
    err(`haven lint: ${reason}\n`);
    return 2;
  }
  const version = (text: string | undefined) => (text === undefined ? undefined : parseVersion(text));
  const started = await startFiles(values.f);
  const loaded = await load([...started, ...positionals], {
    haproxy: version(values['haproxy-version']),
    keepalived: version(values['keepalived-version']),
    k3s: version(values['k3s-version']),
    kubernetes: version(values['kubernetes-version']),
  });
  if (started.length > 0) loaded.workspace.stateInstance(started.map((each) => slashed(resolve(each))));
  if (values.fix) await applySafeFixes(loaded);

  // What programs read is English everywhere.
  const speak = format === formats.text ? text : render;
  const reports = loaded.given.map((given) => reportOf(given, loaded, speak));
  out(format(reports));
  return reports.some((file) => file.diagnostics.some((each) => each.severity === 'error')) ? 1 : 0;
}

/** The files that `-f` stands for: of a folder those that end with `.cfg` and are not hidden, in the order of their names. */
async function startFiles(names: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const name of names) {
    if (!(await stat(name)).isDirectory()) files.push(name);
    else {
      const inside = (await readdir(name)).filter((each) => each.endsWith('.cfg') && !each.startsWith('.')).sort();
      files.push(...inside.map((each) => join(name, each)));
    }
  }
  return files;
}

/** Writes what fixes of confidence `safe` change in the given files; fixes that touch another's edit wait for the next run. */
async function applySafeFixes({ workspace, given }: Loaded): Promise<void> {
  const writable = new Set(given.map((each) => each.path));
  const edits = new Map<string, TextEdit[]>();
  for (const { path } of given) {
    for (const diagnostic of workspace.diagnose(path)) {
      const fix = diagnostic.fixes?.find((each) => each.confidence === 'safe');
      const wanted = fix?.edits.map((edit) => ({ ...edit, path: edit.path ?? path })) ?? [];
      const free = wanted.every(
        (edit) =>
          writable.has(edit.path) &&
          !(edits.get(edit.path) ?? []).some(
            (other) => edit.span.start <= other.span.end && other.span.start <= edit.span.end,
          ),
      );
      if (!free) continue;
      for (const edit of wanted) edits.set(edit.path, [...(edits.get(edit.path) ?? []), edit]);
    }
  }
  for (const [path, list] of edits) {
    const file = workspace.file(path);
    if (file === undefined) continue;
    const text = applyEdits(file.text, list);
    await writeFile(path, text);
    workspace.open(path, text, file.kind);
  }
}

function reportOf({ shown, path }: Given, { workspace }: Loaded, speak: Speak): FileReport {
  const file = workspace.file(path);
  if (file === undefined) return { path: shown, kind: null, diagnostics: [] };
  const diagnostics = workspace.diagnose(path).map((each) => toReport(each, file, speak));
  return { path: shown, kind: file.kind, diagnostics };
}

function toReport(diagnostic: Diagnostic, file: WorkspaceFile, speak: Speak): Report {
  const start = file.lines.positionAt(diagnostic.span.start);
  const end = file.lines.positionAt(diagnostic.span.end);
  return {
    rule: diagnostic.rule,
    severity: diagnostic.severity,
    message: speak(diagnostic.message),
    start: { line: start.line + 1, column: start.column + 1 },
    end: { line: end.line + 1, column: end.column + 1 },
    docs: `${docsBase}${diagnostic.rule}.md`,
  };
}

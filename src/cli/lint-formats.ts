import type { Severity } from '../base/finding';

export interface FileReport {
  readonly path: string;
  readonly kind: string | null;
  readonly diagnostics: readonly Report[];
}

/** A diagnostic as printed: lines and columns count from 1, columns in UTF-16 code units. */
export interface Report {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
  readonly docs: string;
}

type Format = (files: readonly FileReport[]) => string;

/** The ways `haven lint` can print what it found. */
export const formats: Readonly<Record<string, Format>> = { text, json, sarif, github };

function text(files: readonly FileReport[]): string {
  return files
    .flatMap((file) =>
      file.diagnostics.map(
        (each) =>
          `${file.path}:${each.start.line}:${each.start.column}: ${each.severity}: ${each.message} [${each.rule}]\n`,
      ),
    )
    .join('');
}

function json(files: readonly FileReport[]): string {
  return `${JSON.stringify({ version: 1, files }, null, 1)}\n`;
}

const sarifLevels: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
  hint: 'note',
};

/** SARIF 2.1.0, as code scanning services read it. */
function sarif(files: readonly FileReport[]): string {
  const ids = [...new Set(files.flatMap((file) => file.diagnostics.map((each) => each.rule)))].sort();
  const results = files.flatMap((file) =>
    file.diagnostics.map((each) => ({
      ruleId: each.rule,
      ruleIndex: ids.indexOf(each.rule),
      level: sarifLevels[each.severity],
      message: { text: each.message },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: encodeURI(file.path.replaceAll('\\', '/')) },
            region: {
              startLine: each.start.line,
              startColumn: each.start.column,
              endLine: each.end.line,
              endColumn: each.end.column,
            },
          },
        },
      ],
    })),
  );
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        columnKind: 'utf16CodeUnits',
        tool: { driver: { name: 'Haven', rules: ids.map((id) => ({ id })) } },
        results,
      },
    ],
  };
  return `${JSON.stringify(log, null, 1)}\n`;
}

const githubLevels: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'notice',
  hint: 'notice',
};

/** Workflow commands: GitHub shows them at the lines of a pull request. */
function github(files: readonly FileReport[]): string {
  const escaped = (value: string) => value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (value: string) => escaped(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return files
    .flatMap((file) =>
      file.diagnostics.map(
        (each) =>
          `::${githubLevels[each.severity]} file=${property(file.path)},line=${each.start.line},col=${each.start.column},endLine=${each.end.line},title=${property(each.rule)}::${escaped(each.message)}\n`,
      ),
    )
    .join('');
}

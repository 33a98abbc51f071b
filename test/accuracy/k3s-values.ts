import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { render } from '../../src/base/message';
import { beyondParsers, type K3sForm, k3sForms } from '../support/k3s-forms';
import type { Part } from './frame';
import { diagnoseK3s } from './k3s';

/** The parsers of k3s: the program of test/accuracy/go-k3s, built, named by HAVEN_GO_K3S. */
const program = process.env.HAVEN_GO_K3S;

/** The verdicts that the tests have; `--record` writes them anew. */
const recorded = 'test/rules/k3s/value-verdicts.json';

export const k3sValuesPart: Part = {
  name: 'k3s-values',
  missing: () => (program === undefined ? 'HAVEN_GO_K3S does not name a program' : undefined),
  run(report) {
    const forms = [...k3sForms()];
    const faults = askGo(forms);
    if (process.argv.includes('--record')) record(forms, faults);
    for (const [index, fault] of faults.entries()) {
      const form = forms[index];
      if (form === undefined) continue;
      const [main = '', ...dropIns] = form.files;
      const found = diagnoseK3s(main, form.role, Object.fromEntries(dropIns.map((text, at) => [`${at}.yaml`, text])));
      const shown = found.map(
        ({ diagnostic }) => `${diagnostic.severity} ${diagnostic.rule}: ${render(diagnostic.message)}`,
      );
      const detail = `${JSON.stringify(form.files.join('---\n'))}: ${fault ?? ''} | ${shown.join(' | ')}`;
      const name = `values, ${form.role === 'agent' ? 'agent' : 'server'}`;
      if (fault === undefined) {
        const errors = found.filter(
          ({ diagnostic: { severity, rule } }) => severity === 'error' && !beyondParsers.test(rule),
        );
        report.accepted(name, errors.length > 0 ? [detail] : []);
        continue;
      }
      const told = found.filter(
        ({ diagnostic }) => diagnostic.severity === 'error' || diagnostic.severity === 'warning',
      );
      const line = main.split('\n').findIndex((each) => each.startsWith(form.key)) ?? 0;
      const onLine = told.some((each) => dropIns.length > 0 || each.line === line || /\n[ -]/.test(main));
      report.rejected(name, told.length === 0 ? 'unseen' : onLine ? 'on-line' : 'elsewhere', detail);
    }
  },
};

/** What the parsers of k3s say of each form; undefined where they take it. */
function askGo(forms: readonly K3sForm[]): readonly (string | undefined)[] {
  const input = forms.map((form) => `${JSON.stringify(form)}\n`).join('');
  const { stdout } = spawnSync(program ?? '', ['src/catalog/k3s/keys.json'], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 29,
  });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly fault?: string }).fault);
}

/** Writes for each key and role which of its forms are taken (0) and which are refused (1), in order. */
function record(forms: readonly K3sForm[], faults: readonly (string | undefined)[]): void {
  const rows = new Map<string, string>();
  for (const [index, { key, role }] of forms.entries()) {
    const name = `${key} ${role}`;
    rows.set(name, `${rows.get(name) ?? ''}${faults[index] === undefined ? 0 : 1}`);
  }
  const lines = [...rows].map((row) => JSON.stringify(row[0]).concat(': ', JSON.stringify(row[1])));
  writeFileSync(recorded, `{\n  ${lines.join(',\n  ')}\n}\n`);
}

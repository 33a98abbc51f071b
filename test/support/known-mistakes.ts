import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FileKind } from '../../src/base/file-kind';
import { parseVersion } from '../../src/base/version';
import { allRules } from '../../src/rules';
import { languageOf } from '../../src/service/registry';
import { splitFiles } from './files';
import { sharedFolder } from './shared';

/** A row of a page such as docs/k3s-rules.md: the number of a mistake, the rule that finds it, and a file with it. */
interface Row {
  readonly number: string;
  readonly rule: string | undefined;
  readonly readFor: string;
  /** An example, or the sentence that says why there is no rule. */
  readonly text: string;
}

/** The rows of all tables of the page; a cell keeps the `|` of its code. */
function rowsOf(page: string): readonly Row[] {
  return page.split('\n').flatMap((line): Row[] => {
    const found = /^\| ([A-Z\d]+) \| (?:\[([^\]]+)\]\(rules\/\2\.md\) )?\|([^|]*)\| (.*) \|$/.exec(line);
    if (found?.[1] === undefined) return [];
    return [{ number: found[1], rule: found[2], readFor: (found[3] ?? '').trim(), text: found[4] ?? '' }];
  });
}

/** Tries every example of a page, and that no number is left out where the list of mistakes lies beside the checkout. */
export function knownMistakes(about: { readonly page: string; readonly path: string; readonly kind: FileKind }): void {
  const page = readFileSync(about.page, 'utf8');
  const rows = rowsOf(page);
  const ids = new Set(allRules.map((each) => each.id));

  for (const { number, rule, readFor, text } of rows) {
    if (rule === undefined) {
      test(`${number} has a reason`, () => assert.match(text, /^\w.{30,}\.$/));
      continue;
    }
    test(`${number} is found by ${rule}`, () => {
      assert.ok(ids.has(rule), `there is no rule ${rule}`);
      assert.ok(existsSync(`src/rules/${rule}.md`));
      // The page of a rule over several files has its own examples, which test/rules.test.ts tries.
      if (!rule.startsWith(`${about.kind}/`)) return;
      const example = /^`(.*)`$/.exec(text)?.[1]?.replaceAll('⏎', '\n').replaceAll('⇥', '\t');
      assert.ok(example !== undefined, 'a rule of one file has an example');
      assert.ok(findings(example, readFor, about).includes(rule), `not found in\n${example}`);
    });
  }

  test(`${about.page} has every number`, (t) => {
    const list = sharedFolder('facts', about.kind, 'rules.md');
    if (list === undefined) return t.skip('no list of mistakes beside the checkout');
    const numbers = new Set([...readFileSync(list, 'utf8').matchAll(/^\| ([A-Z]{3}\d+) \|/gm)].map((each) => each[1]));
    const given = new Set(rows.map((each) => each.number));
    assert.deepEqual(
      [...numbers].filter((each) => !given.has(each ?? '')),
      [],
    );
  });
}

/** The ids of the rules that find something in an example, read for a role and a release. */
function findings(example: string, readFor: string, { path, kind }: { path: string; kind: FileKind }): string[] {
  const language = languageOf(kind);
  assert.ok(language !== undefined);
  const version = parseVersion(/v(\d[\d.]*)/.exec(readFor)?.[1] ?? '');
  const role = (['server', 'agent'] as const).find((each) => readFor.includes(each));
  const versions = version === undefined ? {} : kind === 'k3s' ? { k3s: version } : { kubernetes: version };
  const files = splitFiles(example, path).map((file) => ({
    path: file.path,
    analysis: language.analyse({ ...file, versions, role }),
  }));
  return files.flatMap((file) => {
    const siblings = language.instance?.(file.path, files) ?? [];
    return language.diagnose(file.analysis, siblings).map((each) => each.rule);
  });
}

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../../src/base/finding';
import { LineIndex } from '../../src/base/line-index';
import { render } from '../../src/base/message';
import { analyseKeepalived } from '../../src/model/keepalived/analysis';
import { diagnoseKeepalived } from '../../src/rules/keepalived/diagnose';
import { filesBelow } from '../support/files';
import { sharedFolder } from '../support/shared';
import { type Part, type Report, seeded } from './frame';
import { mutantsOf } from './keepalived-mutations';
import { askKeepalived, type KeepalivedVerdict, keepalivedProgram } from './keepalived-oracle';
import { languageOf } from './keepalived-remarks';

/** The program reads no further, so that silence about the rest means nothing. */
const ends = /Non-existent interface|No config files matched|Config files missing/;

/**
 * Looking for a tracked file that is not defined yet, 2.2.7 runs past the end of its list: with no other file defined it
 * finds nothing and says so, with one it crashes or goes on in silence, as its memory happens to lie.
 */
const isLostByProgram = ({ rule, message }: Diagnostic): boolean =>
  /\/(?:defined-after-use|unknown-reference)$/.test(rule) && message.args.includes('track_file');

interface Found {
  readonly line: number;
  readonly each: Diagnostic;
}

function diagnose(text: string, version: readonly number[]): Found[] {
  const lines = new LineIndex(text);
  const analysis = analyseKeepalived({ path: 'keepalived.conf', text, version });
  return diagnoseKeepalived(analysis, []).map((each) => ({ line: lines.positionAt(each.span.start).line + 1, each }));
}

/** The names of interfaces that a text speaks of: the program stops at the first one that the machine does not have. */
function interfacesIn(text: string): string[] {
  const bare = text.replace(/[#!].*$/gm, '');
  const named = [
    ...bare.matchAll(/\b(?:interface|dev|default_interface|lvs_sync_daemon|lvs_sync_daemon_interface)\s+(\S+)/g),
  ];
  const lists = [...bare.matchAll(/\b(?:track_interface|interfaces|linkbeat_interfaces)\s*\{([^}]*)\}/g)];
  return [
    ...named.map((each) => each[1] ?? ''),
    ...lists.flatMap((each) => (each[1] ?? '').split('\n').flatMap((line) => line.trim().split(/\s+/).slice(0, 4))),
  ];
}

interface Text {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly known: ReadonlySet<string>;
}

const nameOf = ({ each }: Found): string => `${each.rule} ${render(each.message)}`;

function judge(report: Report, { name, file, text, known }: Text, verdict: KeepalivedVerdict, found: Found[]): void {
  const lines = text.split('\n');
  const shown = (line: number | undefined) => (line === undefined ? '' : (lines[line - 1] ?? '').trim().slice(0, 100));
  const language = languageOf(verdict);
  const [first] = language;
  if (first === undefined) {
    if (verdict.code === undefined || verdict.remarks.some((each) => ends.test(each.text))) return;
    // What the program says of a line for another reason, such as a script that this machine lacks, it says all the same.
    const said = new Set(verdict.remarks.map((each) => each.line));
    const errors = found.filter(
      ({ each, line }) =>
        each.severity === 'error' && each.rule.startsWith('keepalived/') && !said.has(line) && !isLostByProgram(each),
    );
    report.accepted(
      name,
      errors.map((each) => `${file}:${each.line} ${nameOf(each)} | ${shown(each.line)}`),
    );
    return;
  }
  const fresh = found.filter((each) => each.each.severity !== 'hint' && !known.has(nameOf(each)));
  const detail = `${file}:${first.line ?? '-'} ${first.text} | ${shown(first.line)}`;
  const blamed = language.flatMap((each) => each.line ?? []);
  const [line] = blamed;
  if (fresh.length === 0) report.rejected(name, 'unseen', detail);
  else if (line === undefined || found.some((each) => each.line === line)) report.rejected(name, 'on-line', detail);
  else report.rejected(name, 'elsewhere', `${detail} (${fresh.map((each) => each.line).join(', ')})`);
}

const option = (name: string, fallback: number): number => {
  const given = process.argv.find((each) => each.startsWith(`--${name}=`));
  return given === undefined ? fallback : Number(given.slice(name.length + 3));
};

interface Sample {
  readonly file: string;
  readonly text: string;
}

/** Our examples, the corpus, and the recorded snippets. */
function samples(): Sample[] {
  const corpus = sharedFolder('corpus', 'keepalived');
  const paths = [...filesBelow('examples', '.conf'), ...(corpus === undefined ? [] : filesBelow(corpus, '.conf'))];
  const files = paths.map((path) => ({ file: path.split('/').pop() ?? path, text: readFileSync(path, 'utf8') }));
  const facts = sharedFolder('facts', 'keepalived', 'oracle-cases.json');
  if (facts === undefined) return files;
  const { cases } = JSON.parse(readFileSync(facts, 'utf8')) as { cases: { id: string; config: string }[] };
  return [...files, ...cases.map(({ id, config }) => ({ file: id, text: config }))];
}

export const keepalivedPart: Part = {
  name: 'keepalived',
  missing: () =>
    keepalivedProgram() === undefined
      ? 'keepalived is not installed'
      : spawnSync('unshare', ['--net', '--mount', 'true']).status === 0
        ? undefined
        : 'only root may make namespaces',
  run(report) {
    const program = keepalivedProgram();
    if (program === undefined) return;
    console.log(`keepalived ${program.number}`);
    const version = program.release;
    const random = seeded(option('seed', 1));
    const each = option('each', 1);
    // `--first=N`: mutants of the first N files only, where a whole run takes too long.
    const most = option('first', Number.POSITIVE_INFINITY);
    let damaged = 0;
    for (const { file, text } of samples()) {
      const interfaces = [...interfacesIn(text), 'eth0', 'eth1'];
      const [verdict] = askKeepalived(program, [text], interfaces);
      if (verdict === undefined) continue;
      const found = diagnose(text, version);
      const isSnippet = !file.endsWith('.conf');
      judge(report, { name: isSnippet ? 'snippets' : 'files', file, text, known: new Set() }, verdict, found);
      if (languageOf(verdict).length > 0 || verdict.code === undefined) continue;
      if (isSnippet && random() > 0.1) continue;
      if (++damaged > most) continue;
      const known = new Set(found.map(nameOf));
      const mutants = mutantsOf(text, random, each);
      const verdicts = askKeepalived(
        program,
        mutants.map((mutant) => mutant.text),
        interfaces,
      );
      mutants.forEach((mutant, index) => {
        const answer = verdicts[index];
        if (answer !== undefined) judge(report, { ...mutant, file, known }, answer, diagnose(mutant.text, version));
      });
    }
  },
};

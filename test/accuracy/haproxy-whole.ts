import { writeFileSync } from 'node:fs';
import type { Diagnostic } from '../../src/base/finding';
import { LineIndex } from '../../src/base/line-index';
import { render } from '../../src/base/message';
import { sectionTypeOf } from '../../src/catalog/haproxy/catalog';
import { analyseHaproxy } from '../../src/model/haproxy/analysis';
import { conformance } from '../../src/rules/haproxy/conformance';
import { diagnoseHaproxy } from '../../src/rules/haproxy/diagnose';
import { type Part, type Report, seeded } from './frame';
import { emptyFile } from './haproxy-cases';
import { wholeConfig } from './haproxy-configs';
import { dependsOnMachine } from './haproxy-environment';
import { askHaproxy, type HaproxyProgram, haproxyProgram } from './oracle';

const ofTheLanguage: ReadonlySet<string> = new Set(conformance.map((each) => each.id));

/** What Haven says of the language, by line (from 1). */
function findingsOf(text: string, version: readonly number[] | undefined): Map<number, Diagnostic[]> {
  const index = new LineIndex(text);
  const found = new Map<number, Diagnostic[]>();
  for (const each of diagnoseHaproxy(analyseHaproxy({ path: 'haproxy.cfg', text, version }), [])) {
    if (each.severity === 'hint' || !ofTheLanguage.has(each.rule)) continue;
    const line = index.positionAt(each.span.start).line + 1;
    found.set(line, [...(found.get(line) ?? []), each]);
  }
  return found;
}

/** How often the refused lines of a text are taken away before it is given up. */
const mostRounds = 40;

/**
 * Holds Haven to the program over one text: each line that is refused has to have a finding. Then those lines are taken
 * away and the rest is asked about, until the program takes what is left, so that nothing hides behind another mistake.
 */
function judge(report: Report, program: HaproxyProgram, name: string, original: string): void {
  let text = original;
  for (let round = 0; round < mostRounds; round++) {
    const { accepted, complaints } = askHaproxy(program, text);
    const lines = text.split('\n');
    const shown = (line: number): string =>
      `${name}:${line} [${sectionAt(lines, line)}] ${(lines[line - 1] ?? '').trim()}`;
    const found = findingsOf(text, program.release);
    if (accepted) {
      const errors = [found, findingsOf(text, undefined)].flatMap((each, index) =>
        [...each].flatMap(([line, list]) =>
          list
            .filter(({ severity }) => severity === 'error')
            .map(
              ({ rule, message }) =>
                `${shown(line)}  ${index === 1 ? '(release assumed) ' : ''}${rule} ${render(message)}`,
            ),
        ),
      );
      report.accepted('texts that are accepted', errors);
      return;
    }
    const refused = new Map<number, string>();
    for (const { level, line, text: reason } of complaints)
      if (level === 'error' && line !== undefined && !refused.has(line)) refused.set(line, reason);
    const nowhere = complaints.filter(({ level, line }) => level === 'error' && line === undefined);
    const errors = [...found].filter(([, list]) => list.some(({ severity }) => severity === 'error'));
    const others = errors.filter(([line]) => !refused.has(line));
    const lost = new Set([...refused.keys()].map((line) => /^\s*acl (\S+)/.exec(lines[line - 1] ?? '')?.[1]));
    for (const [line, reason] of refused) {
      // A condition lacks what was refused a few lines above.
      if (lost.has(/no such ACL : '(.*)'/.exec(reason)?.[1] ?? '')) continue;
      // What a variable of the environment holds is not known to Haven.
      if (dependsOnMachine(reason) || (lines[line - 1] ?? '').includes('NOBODY_SETS_THIS')) continue;
      const where = `${shown(line)}  ${reason.replace(/^parsing \[FILE:\d+\] : /, '')}`;
      const outcome = found.has(line) ? 'on-line' : others.length > 0 ? 'elsewhere' : 'unseen';
      report.rejected('lines that are refused', outcome, where);
    }
    const blank = [...refused.keys()].filter((line) => (lines[line - 1] ?? '').trim() !== '');
    if (refused.size === 0) {
      // The program names no line: some line has to have an error.
      if (nowhere.length === 0 || nowhere.some((each) => dependsOnMachine(each.text))) return;
      const reasons = nowhere.map((each) => each.text).join(' / ');
      report.rejected('texts without a line', errors.length > 0 ? 'on-line' : 'unseen', `${name} ${reasons}`);
    }
    for (const line of blank.length > 0 ? blank : errors.map(([each]) => each)) lines[line - 1] = '';
    if (blank.length === 0 && errors.length === 0) return;
    text = lines.join('\n');
  }
}

function sectionAt(lines: readonly string[], line: number): string {
  for (let at = line - 1; at >= 0; at--)
    if (sectionTypeOf((lines[at] ?? '').split(' ')[0] ?? '') !== undefined) return lines[at] ?? '';
  return '';
}

function option(name: string, usual: number): number {
  const given = process.argv.find((each) => each.startsWith(`--${name}=`));
  return given === undefined ? usual : Number(given.slice(name.length + 3));
}

/** Whole configurations out of the catalog, line by line beside what the program says of them. */
export const haproxyWholePart: Part = {
  name: 'haproxy-whole',
  onRequest: true,
  missing: () => (haproxyProgram() === undefined ? 'haproxy is not installed' : undefined),
  run(report) {
    const program = haproxyProgram();
    if (program === undefined) return;
    writeFileSync(emptyFile, '');
    console.log(`HAProxy ${program.number}`);
    const [major = 0, minor = 0] = program.release;
    const seed = option('seed', 1);
    const count = option('count', 1000);
    for (let number = 1; number <= count; number++) {
      const text = wholeConfig(seeded(seed * 1_000_003 + number), major * 100 + minor);
      judge(report, program, `${seed}/${number}`, text);
    }
  },
};

import type { Diagnostic } from '../../src/base/finding';
import { LineIndex } from '../../src/base/line-index';
import { render } from '../../src/base/message';
import { compareVersions, parseVersion, type Version } from '../../src/base/version';
import { blocks } from '../../src/catalog/keepalived';
import { analyseKeepalived } from '../../src/model/keepalived/analysis';
import { diagnoseKeepalived } from '../../src/rules/keepalived/diagnose';
import type { Part, Report } from './frame';
import { type KeepalivedCase, keepalivedCases, targets } from './keepalived-cases';
import { fragmentOf } from './keepalived-fragments';
import {
  askKeepalived,
  type KeepalivedProgram,
  type KeepalivedVerdict,
  keepalivedProgram,
  type Remark,
} from './keepalived-oracle';
import { languageOf } from './keepalived-remarks';

/** The text of several cases, each in a block of its own, and the lines (from 1) of each. */
interface Batch {
  readonly text: string;
  readonly places: readonly Place[];
}

interface Place {
  readonly first: number;
  readonly last: number;
  readonly names: RegExp;
}

/** What stands in the last line of every text, so that it shows whether the program read that far. */
const end = 'this_is_the_end';

function batchOf(cases: readonly KeepalivedCase[]): Batch {
  let text = targets;
  const places = cases.map((each, index) => {
    const first = text.split('\n').length;
    const fragment = fragmentOf(each, index);
    text += fragment.text;
    return { first, last: text.split('\n').length - 1, names: fragment.names };
  });
  return { text: `${text}${end}\n`, places };
}

/** The remarks of the program on each case; undefined where only the machine has something against it. */
type Answer = readonly string[] | undefined;

const interfaces = ['eth0', 'eth1'];

/** Asks about several texts of several cases each; one that the program does not read to its end is halved. */
function ask(program: KeepalivedProgram, batches: readonly (readonly KeepalivedCase[])[]): Map<KeepalivedCase, Answer> {
  const answers = new Map<KeepalivedCase, Answer>();
  const halves: (readonly KeepalivedCase[])[] = [];
  const made = batches.map(batchOf);
  const verdicts = askKeepalived(
    program,
    made.map(({ text }) => text),
    interfaces,
  );
  batches.forEach((cases, at) => {
    const [verdict, places] = [verdicts[at], made[at]?.places];
    if (verdict === undefined || places === undefined) return;
    const reached = verdict.code !== undefined && verdict.remarks.some((each) => each.text.includes(end));
    if (!reached && cases.length > 1) {
      const half = cases.length >> 1;
      halves.push(cases.slice(0, half), cases.slice(half));
      return;
    }
    cases.forEach((each, index) => {
      const place = places[index];
      if (place !== undefined) answers.set(each, answerAt(verdict, place, reached));
    });
  });
  return halves.length === 0 ? answers : new Map([...answers, ...ask(program, halves)]);
}

function answerAt(verdict: KeepalivedVerdict, { first, last, names }: Place, reached: boolean): Answer {
  const own = verdict.remarks.filter(({ line, text }) =>
    line === undefined ? names.test(text) : first <= line && line <= last,
  );
  const language = new Set<Remark>(languageOf(verdict));
  const ofLanguage = own.filter((each) => language.has(each)).map((each) => each.text);
  if (!reached) {
    const machine = verdict.remarks.filter((each) => !language.has(each));
    return machine.length > 0 ? undefined : [...ofLanguage, verdict.code === undefined ? 'it crashes' : 'it gives up'];
  }
  return ofLanguage.length === 0 && own.length > 0 ? undefined : ofLanguage;
}

interface Found {
  readonly all: readonly string[];
  readonly errors: readonly string[];
}

const shown = ({ rule, message }: Diagnostic): string => `${rule} ${render(message)}`;

/** What Haven says of each case, without what it says of the block where the line is not in it. */
function judge(cases: readonly KeepalivedCase[], version: readonly number[]): Found[] {
  const { text, places } = batchOf(cases);
  const usual = batchOf(cases.map((each) => ({ ...each, line: '' })));
  const before = findings(usual, version);
  return findings({ text, places }, version).map((found, index) => {
    const known = new Set(before[index]?.map(kindOf));
    const fresh = found.filter((each) => each.severity !== 'hint' && !known.has(kindOf(each)));
    return { all: fresh.map(shown), errors: fresh.filter(({ severity }) => severity === 'error').map(shown) };
  });
}

const kindOf = ({ rule, message }: Diagnostic): string => `${rule} ${message.template}`;

function findings({ text, places }: Batch, version: readonly number[]): Diagnostic[][] {
  const index = new LineIndex(text);
  const onLine = new Map<number, Diagnostic[]>();
  for (const each of diagnoseKeepalived(analyseKeepalived({ path: 'keepalived.conf', text, version }), [])) {
    const line = index.positionAt(each.span.start).line + 1;
    onLine.set(line, [...(onLine.get(line) ?? []), each]);
  }
  return places.map(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, offset) => onLine.get(first + offset) ?? []).flat(),
  );
}

const atOnce = 120;

function batchesOf(cases: readonly KeepalivedCase[]): KeepalivedCase[][] {
  const count = Math.ceil(cases.length / atOnce);
  const batches = Array.from({ length: count }, (): KeepalivedCase[] => []);
  cases.forEach((each, index) => {
    batches[index % count]?.push(each);
  });
  return batches;
}

/** Settings of the whole daemon would meet each other, and quotes and braces what stands below. */
const isAlone = ({ block, line, group }: KeepalivedCase): boolean =>
  (group !== 'wrong block' && (block === 'global_defs' || block === '(root)')) ||
  count(line, /\{/g) !== count(line, /\}/g) ||
  count(line, /["']/g) % 2 === 1;

const count = (text: string, sign: RegExp): number => text.match(sign)?.length ?? 0;

/** Every word of the catalog, right and wrong, beside what the program says of it. */
export const keepalivedSweepPart: Part = {
  name: 'keepalived-sweep',
  onRequest: true,
  missing: () => (keepalivedProgram() === undefined ? 'keepalived is not installed' : undefined),
  run(report) {
    const program = keepalivedProgram();
    if (program === undefined) return;
    console.log(`keepalived ${program.number}`);
    const only = process.argv.find((each) => each.startsWith('--only='))?.slice('--only='.length) ?? '';
    const cases = new Map<string, KeepalivedCase>();
    for (const each of keepalivedCases())
      if (isKnown(each.block, program.release) && `${each.block} ${each.group}`.includes(only))
        cases.set(`${each.block} ${each.line}`, each);
    const all = [...cases.values()];
    const together = batchesOf(all.filter((each) => !isAlone(each)));
    const alone = all.filter(isAlone).map((each) => [each]);
    const doubtful = compareAll(report, program, together);
    // What looks like a disagreement may come from the other cases of the text.
    compareAll(report, program, [...alone, ...doubtful.map((each) => [each])]);
  },
};

/** A block that the program does not know at all tells nothing of the lines in it. */
function isKnown(name: string, release: Version): boolean {
  const since = parseVersion(blocks.find((each) => each.name === name)?.since ?? '');
  return since === undefined || compareVersions(since, release) <= 0;
}

const textsAtOnce = 100;

/** Gives back the cases in texts with others where the program seems to say otherwise. */
function compareAll(
  report: Report,
  program: KeepalivedProgram,
  batches: readonly (readonly KeepalivedCase[])[],
): KeepalivedCase[] {
  const doubtful: KeepalivedCase[] = [];
  for (let from = 0; from < batches.length; from += textsAtOnce) {
    const some = batches.slice(from, from + textsAtOnce);
    const answers = ask(program, some);
    for (const batch of some) {
      const judged = judge(batch, program.release);
      batch.forEach((each, index) => {
        const [answer, found] = [answers.get(each), judged[index]];
        if (answer === undefined || found === undefined) return;
        const agrees = answer.length > 0 ? found.all.length > 0 : found.errors.length === 0;
        if (agrees || batch.length === 1) compare(report, each, answer, found);
        else doubtful.push(each);
      });
    }
  }
  return doubtful;
}

function compare(report: Report, { group, block, line }: KeepalivedCase, answer: readonly string[], found: Found) {
  const where = `[${block}] ${line.replaceAll('\n', '⏎')}`;
  if (answer.length > 0)
    report.rejected(group, found.all.length > 0 ? 'on-line' : 'unseen', `${where} | ${answer.join(' / ')}`);
  else
    report.accepted(
      group,
      found.errors.map((error) => `${where} | ${error}`),
    );
}

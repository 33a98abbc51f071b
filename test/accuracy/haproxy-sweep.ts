import { writeFileSync } from 'node:fs';
import type { Diagnostic } from '../../src/base/finding';
import { LineIndex } from '../../src/base/line-index';
import { render } from '../../src/base/message';
import { existsIn, type Release, sectionTypes } from '../../src/catalog/haproxy/catalog';
import { analyseHaproxy } from '../../src/model/haproxy/analysis';
import { conformance } from '../../src/rules/haproxy/conformance';
import { diagnoseHaproxy } from '../../src/rules/haproxy/diagnose';
import type { Part, Report } from './frame';
import { type Case, emptyFile, haproxyCases } from './haproxy-cases';
import { dependsOnMachine } from './haproxy-environment';
import { askHaproxy, type Complaint, type HaproxyProgram, haproxyProgram } from './oracle';

/** What the lines of a case refer to. */
const targets = `defaults base
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend fe1 from base
  bind :18000
backend be1 from base
  stick-table type ip size 1k store gpc(9),gpt(9),http_req_rate(1s),conn_cur,conn_cnt
  server srv1 127.0.0.1:18001
userlist users1
  user anna insecure-password secret
peers peers1
  peer peer1 127.0.0.1:18002
mailers mailers1
  mailer mailer1 127.0.0.1:25
resolvers res1
  nameserver ns1 127.0.0.1:53
cache cache1
  total-max-size 4
fcgi-app app1
  docroot /tmp
http-errors errors1
ring ring1
  size 32768
`;

function targetsFor(release: Release): string {
  let text = targets;
  if (release >= 301) text += 'log-profile profile1\n';
  if (release >= 304) text += 'healthcheck hc1\n  type tcp-check\n';
  return text;
}

const proxies: ReadonlySet<string> = new Set(['defaults', 'frontend', 'backend', 'listen']);

function headerOf(section: string, number: number): string {
  if (proxies.has(section)) return `${section} s${number} from base`;
  return sectionTypes.find((each) => each.name === section)?.naming === 'none' ? section : `${section} s${number}`;
}

/** `unsure`: refused for something that a line of another case may have caused. */
interface Answer {
  readonly verdict: 'taken' | 'refused' | 'machine' | 'unsure';
  /** What the program says of a line that it refuses. */
  readonly reason: string;
}

const taken: Answer = { verdict: 'taken', reason: '' };
const machine: Answer = { verdict: 'machine', reason: '' };

const refused = (verdict: 'refused' | 'unsure', errors: readonly Complaint[]): Answer => ({
  verdict,
  reason: errors[0]?.text.replace(/^parsing \[FILE:\d+\] : /, '') ?? '',
});

/** The text of several cases, each in a section of its own, and the line (from 1) of each. */
function textOf(
  cases: readonly Case[],
  release: Release,
): { readonly text: string; readonly lines: readonly number[] } {
  let text = targetsFor(release);
  let line = text.split('\n').length;
  const lines: number[] = [];
  cases.forEach(({ section, line: own }, index) => {
    text += `${headerOf(section, index)}\n${own}\n`;
    lines.push(line + 1);
    line += 2;
  });
  return { text, lines };
}

/** What stands in the last line of every text, so that it shows whether the program read that far. */
const end = 'backend theend\nthis-is-the-end\n';

/** Asks about many lines at once; where the program gives up in the middle, the rest is asked about anew. */
function ask(program: HaproxyProgram, release: Release, cases: readonly Case[]): Answer[] {
  if (cases.length === 0) return [];
  const { text, lines } = textOf(cases, release);
  const { complaints } = askHaproxy(program, text + end);
  const reached = complaints.some((each) => each.text.includes('this-is-the-end'));
  const last = Math.max(0, ...complaints.map((each) => each.line ?? 0));
  let known = reached ? cases.length : lines.findLastIndex((each) => each <= last) + 1;
  // It crashed, or runs into something that it names no line for.
  if (known === 0 && cases.length > 1) {
    const half = cases.length >> 1;
    return [...ask(program, release, cases.slice(0, half)), ...ask(program, release, cases.slice(half))];
  }
  known = Math.max(known, 1);
  const answers = lines.slice(0, known).map((line): Answer => {
    const errors = complaints.filter((each) => each.line === line && each.level === 'error');
    if (errors.length === 0) return taken;
    if (errors.some((each) => dependsOnMachine(each.text))) return machine;
    return refused(
      errors.every((each) => /already|more than once|duplicate/.test(each.text)) ? 'unsure' : 'refused',
      errors,
    );
  });
  return [...answers, ...ask(program, release, cases.slice(known))];
}

/** Asks about one line by itself, so that what the program compares after reading counts, too. */
function askAlone(program: HaproxyProgram, release: Release, each: Case): Answer {
  const { text, lines } = textOf([each], release);
  const { accepted, complaints } = askHaproxy(program, text);
  if (accepted) return taken;
  const errors = complaints.filter(({ level }) => level === 'error');
  if (errors.some((error) => dependsOnMachine(error.text))) return machine;
  const own = errors.filter(({ line }) => line === lines[0]);
  // Something else is refused about this section, for which the case is not made.
  return own.length > 0 ? refused('refused', own) : machine;
}

interface Judgement {
  /** Errors and warnings. */
  readonly found: readonly string[];
  readonly errors: readonly string[];
}

const ofTheLanguage: ReadonlySet<string> = new Set(conformance.map((each) => each.id));

/** What Haven says of each case. */
function judge(cases: readonly Case[], release: Release, version: readonly number[] | undefined): Judgement[] {
  const { text, lines } = textOf(cases, release);
  const index = new LineIndex(text);
  const onLine = new Map<number, Diagnostic[]>();
  for (const each of diagnoseHaproxy(analyseHaproxy({ path: 'haproxy.cfg', text, version }), [])) {
    if (each.severity === 'hint' || !ofTheLanguage.has(each.rule)) continue;
    const line = index.positionAt(each.span.start).line + 1;
    onLine.set(line, [...(onLine.get(line) ?? []), each]);
  }
  const say = (list: readonly Diagnostic[]): string[] => list.map(({ rule, message }) => `${rule} ${render(message)}`);
  return lines.map((line) => {
    const found = onLine.get(line) ?? [];
    return { found: say(found), errors: say(found.filter(({ severity }) => severity === 'error')) };
  });
}

const atOnce = 300;

/** Deals the cases out so that those that are much alike come into different texts. */
function batchesOf(cases: readonly Case[]): Case[][] {
  const count = Math.ceil(cases.length / atOnce);
  const batches = Array.from({ length: count }, (): Case[] => []);
  cases.forEach((each, index) => {
    batches[index % count]?.push(each);
  });
  return batches;
}

/** Every word of the catalog, right and wrong, beside what the program says of it. */
export const haproxySweepPart: Part = {
  name: 'haproxy-sweep',
  onRequest: true,
  missing: () => (haproxyProgram() === undefined ? 'haproxy is not installed' : undefined),
  run(report) {
    const program = haproxyProgram();
    writeFileSync(emptyFile, '');
    if (program === undefined) return;
    console.log(`HAProxy ${program.number}`);
    const [major = 0, minor = 0] = program.release;
    const release = major * 100 + minor;
    const only = /^--only=(.*)$/.exec(process.argv.find((each) => each.startsWith('--only=')) ?? '')?.[1] ?? '';
    const cases = new Map<string, Case>();
    for (const each of haproxyCases(release)) {
      const type = sectionTypes.find(({ name }) => name === each.section);
      // What stands in a namespace_list is read only by programs that are built with namespaces.
      if (
        type === undefined ||
        type.name === 'namespace_list' ||
        !existsIn(type, release) ||
        !each.group.startsWith(only)
      )
        continue;
      cases.set(`${each.section} ${each.line}`, each);
    }
    const judged: Judged[] = [];
    for (const batch of batchesOf([...cases.values()])) {
      const answers = ask(program, release, batch);
      const known = judge(batch, release, program.release);
      const assumed = judge(batch, release, undefined);
      batch.forEach((each, index) => {
        const answer = answers[index] ?? machine;
        const [own, other] = [known[index], assumed[index]];
        if (answer.verdict !== 'machine' && own !== undefined && other !== undefined)
          judged.push({ each, answer, own, assumed: other });
      });
    }
    const suspects = judged.filter(
      ({ answer, own, assumed }) => answer.verdict === 'taken' && own.errors.length + assumed.errors.length > 0,
    );
    const refusedTogether = new Set<Case>();
    for (const batch of batchesOf(suspects.map(({ each }) => each)))
      for (const each of askTogether(program, release, batch)) refusedTogether.add(each);
    for (const one of judged) {
      const { each, answer, own } = one;
      const global = each.section === 'global' && answer.verdict === 'refused' && own.found.length === 0;
      const sure =
        answer.verdict === 'unsure' || global
          ? askAlone(program, release, each)
          : refusedTogether.has(each)
            ? refused('refused', [])
            : answer;
      compare(report, one, sure);
    }
  },
};

interface Judged {
  readonly each: Case;
  readonly answer: Answer;
  readonly own: Judgement;
  /** Without a known release. */
  readonly assumed: Judgement;
}

/** Which of the cases, none of which is refused while it is read, the program refuses once it has read all. */
function askTogether(program: HaproxyProgram, release: Release, cases: readonly Case[]): Case[] {
  const { text, lines } = textOf(cases, release);
  const { accepted, complaints } = askHaproxy(program, text);
  if (accepted) return [];
  const blamed = new Set(complaints.filter(({ level }) => level === 'error').map(({ line }) => line));
  const refused = cases.filter((_, index) => blamed.has(lines[index]));
  if (refused.length > 0) {
    const rest = cases.filter((each) => !refused.includes(each));
    return [...refused, ...askTogether(program, release, rest)];
  }
  if (cases.length === 1) return [...cases];
  const half = cases.length >> 1;
  return [...askTogether(program, release, cases.slice(0, half)), ...askTogether(program, release, cases.slice(half))];
}

function compare(report: Report, { each, own, assumed }: Judged, answer: Answer): void {
  if (answer.verdict === 'machine') return;
  const { group, section, line } = each;
  const where = `[${section}] ${line}`;
  if (answer.verdict === 'refused') {
    report.rejected(group, own.found.length > 0 ? 'on-line' : 'unseen', `${where}  ${answer.reason}`);
    return;
  }
  report.accepted(group, [
    ...own.errors.map((error) => `${where}  ${error}`),
    ...assumed.errors.map((error) => `${where}  (release assumed) ${error}`),
  ]);
}

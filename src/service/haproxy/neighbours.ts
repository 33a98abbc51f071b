import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import { filesNamed } from './file-names';
import type { Offer, Question } from './offer';
import { names } from './offers';
import type { UnfinishedLine } from './place';

/** What the word in front of the cursor is followed by, where the reader of the line takes any text for it. */
export function* neighbourOffers({ statement, column }: UnfinishedLine, question: Question): Iterable<Offer> {
  const written = statement.line.words.filter((each) => each.end < column);
  const before = written.at(-1)?.text ?? '';
  const directive = statement.directive?.name ?? '';
  if (statement.header !== undefined) {
    if (inherits.has(statement.header.name) && written.length < 3 && before !== 'from' && written.length > 0)
      yield { label: 'from', kind: 'keyword' };
    return;
  }
  if (before === 'set-bandwidth-limit') yield* limits(question);
  else if (before === 'send-spoe-group') yield* engines(question);
  else if (/^(?:default-)?crt$/.test(before) && statement.section !== 'crt-store') yield* certificates(question);
  if (takesFile.test(before)) yield* filesNamed(before, question);
  if (directive === 'trace' && statement.section === 'traces') yield* ofTrace(before, question);
}

const inherits: ReadonlySet<string> = new Set(['defaults', 'frontend', 'backend', 'listen']);

/** Words that a path follows. */
const takesFile =
  /^(?:crt|default-crt|crt-list|key|ca-file|ca-verify-file|ca-sign-file|crl-file|issuer|ocsp|sctl|-f|file|lf-file|config|lua-load|lua-load-per-thread)$/;

const filesOf = ({ analysis, siblings }: Question): readonly HaproxyAnalysis[] => [
  analysis,
  ...siblings.map((each) => each.analysis),
];

const linesOf = (analysis: HaproxyAnalysis, section: Section | undefined) =>
  section === undefined ? [] : analysis.statements.slice(section.header + 1, section.end);

function* limits({ analysis, section }: Question): Iterable<Offer> {
  for (const { directive, args } of linesOf(analysis, section)) {
    const [filter, name] = args;
    if (directive?.name === 'filter' && /^bwlim-(?:in|out)$/.test(filter?.text ?? '') && name?.open === false)
      yield { label: name.text, kind: 'reference', detail: filter?.text ?? '' };
  }
}

/** The name that a filter gives its engine of SPOE; its own name is "spoe". */
function* engines({ analysis, section }: Question): Iterable<Offer> {
  for (const { directive, args } of linesOf(analysis, section)) {
    if (directive?.name !== 'filter' || args[0]?.text !== 'spoe') continue;
    const name = args[args.findIndex((each) => each.text === 'engine') + 1];
    if (name !== undefined && name !== args[0] && !name.open) yield { label: name.text, kind: 'reference' };
  }
}

/** `@store/alias`, and the file where a certificate has no alias. */
function* certificates(question: Question): Iterable<Offer> {
  for (const { sections, statements } of filesOf(question))
    for (const { type, name, header, end } of sections) {
      if (type !== 'crt-store') continue;
      for (const { directive, args } of statements.slice(header + 1, end)) {
        if (directive?.name !== 'load') continue;
        const behind = (word: string) => args[args.findIndex((each) => each.text === word) + 1];
        const given = args.some((each) => each.text === 'alias') ? behind('alias') : behind('crt');
        if (given !== undefined && !given.open)
          yield { label: `@${name?.text ?? ''}/${given.text}`, kind: 'reference', detail: 'crt-store' };
      }
    }
}

/** What the words of a trace can be told (manual, section "traces"). */
const ofTraces: Readonly<Record<string, readonly string[]>> = {
  level: ['error', 'user', 'proto', 'state', 'data', 'developer'],
  verbosity: ['quiet', 'clean', 'minimal', 'simple', 'advanced', 'complete'],
  sink: ['stdout', 'stderr', 'buf0'],
  start: ['now'],
  stop: ['now'],
  pause: ['now'],
  lock: ['nothing', 'connection', 'listener', 'session', 'stream', 'thread'],
};

function* ofTrace(before: string, question: Question): Iterable<Offer> {
  for (const label of ofTraces[before] ?? []) yield { label, kind: 'value', order: 4 };
  if (before === 'sink') yield* names('ring', question);
}

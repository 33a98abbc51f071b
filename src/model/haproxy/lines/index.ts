import { say } from '../../../base/message';
import type { Directive, Release } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { readAction } from '../action';
import { readByGrammar } from '../arguments';
import { readCondition, startsCondition } from '../condition';
import { grammarOf } from '../grammar';
import { readServerParams } from '../parameters';
import type { Reader } from '../reader';
import { readRedirect } from '../redirect';
import type { Expected } from '../visit';
import { readAclLine } from './acl';
import { readBalance } from './balance';
import { readBindLine, readStatsSocket } from './bind';
import { readExpect } from './check-expect';
import { readErrorCode } from './error-file';
import { readFilter } from './filter';
import { readHttpchk } from './http-check';
import { readPeerLine, readServerLine, readServerTemplate } from './server';
import { readSource } from './source';
import { readStickTable } from './stick-table';
import { readUseBackend } from './use-backend';
import { checkWords } from './word-checks';
import { isTooNew } from './younger-words';

/** How many words the lines that are not read by a grammar need. */
const leastOfSpecial: ReadonlyMap<string, number> = new Map([
  ['acl', 2],
  ['bind', 1],
  ['server', 1],
  ['server-template', 3],
  ['peer', 1],
  ['use_backend', 1],
  ['filter', 1],
  ['errorfile', 2],
  ['errorloc', 2],
  ['errorloc302', 2],
  ['errorloc303', 2],
  ['stats socket', 1],
  ['stats http-request', 1],
  ['source', 1],
]);

/** Here the program takes the names of lines alone. */
const lenientSections: ReadonlySet<string> = new Set(['peers', 'log-forward']);

type Special = (reader: Reader, args: readonly Word[], at: Word) => void;

const statsAction: Expected = { kind: 'words', words: ['allow', 'deny', 'auth'] };

function readStatsRule(reader: Reader, args: readonly Word[]): void {
  reader.expect(args[0], statsAction);
  const end = readAction(reader, 'http-request', args, 0, readByGrammar);
  const word = args[end];
  if (end >= 0 && word !== undefined && startsCondition(word)) readCondition(reader, args, end + 1);
}

const specials: ReadonlyMap<string, Special> = new Map<string, Special>([
  ['acl', readAclLine],
  ['bind', readBindLine],
  ['server', readServerLine],
  ['server-template', readServerTemplate],
  ['default-server', (reader, args) => readServerParams(reader, args, 0, 'default-server')],
  ['peer', readPeerLine],
  ['use_backend', readUseBackend],
  [
    'redirect',
    (reader, args) => {
      const end = readRedirect(reader, args, 0);
      if (end >= 0 && args[end] !== undefined) readCondition(reader, args, end + 1);
    },
  ],
  ['stick-table', readStickTable],
  [
    'table',
    (reader, args) =>
      readStickTable(reader, args.slice(1), args[0] ?? reader.words[0] ?? { text: '', start: 0, end: 0, open: false }),
  ],
  ['stats socket', readStatsSocket],
  ['dgram-bind', readBindLine],
  ['source', readSource],
  ['option httpchk', readHttpchk],
  ['http-check expect', (reader, args, at) => readExpect('http-check', reader, args, at)],
  ['tcp-check expect', (reader, args, at) => readExpect('tcp-check', reader, args, at)],
  ['filter', readFilter],
  ['stats http-request', readStatsRule],
  ['errorfile', readErrorCode],
  ['errorloc', readErrorCode],
  ['errorloc302', readErrorCode],
  ['errorloc303', readErrorCode],
  ['balance', readBalance],
]);

/** Reads what stands behind the keyword of a line: by the code of that line where it has some, else by its grammar. */
export function readArguments(
  reader: Reader,
  directive: Directive,
  at: Word | undefined,
  args: readonly Word[],
  emptyWord: Word | undefined,
): void {
  if (at === undefined) return;
  if (args.length < (lenientSections.has(reader.section) ? 0 : (leastOfSpecial.get(directive.name) ?? 0))) {
    const last = emptyWord ?? args.at(-1) ?? at;
    reader.report('missing-argument', last, say('"{0}" needs more: {1}', directive.name, directive.usage));
    // Whoever is still writing wants to know what comes next.
    if (!reader.isWatched) return;
  }
  if (isTooNew(reader, directive.name, args)) return;
  const special = specials.get(directive.name);
  if (special !== undefined) {
    special(reader, args, at);
    return;
  }
  const end = readByGrammar(reader, grammarOf(directive.grammar), args, 0, directive.leastArguments);
  if (end < 0) return;
  const before = reader.problems.length;
  checkWords(reader, directive.name, args, at);
  if (reader.problems.slice(before).some((each) => each.severity !== 'warning')) return;
  if (
    directive.surplusRefused ||
    reader.release >= (surplusRefusedFrom.get(directive.name) ?? Number.POSITIVE_INFINITY)
  )
    refuseSurplus(reader, directive, args[end]);
}

/** Directives that took any words behind them before a release. */
const surplusRefusedFrom: ReadonlyMap<string, Release> = new Map([
  ['expose-deprecated-directives', 302],
  ['expose-experimental-directives', 302],
  ['presetenv', 300],
  ['setenv', 300],
]);

export function refuseSurplus(reader: Reader, { usage }: Directive, surplus: Word | undefined): void {
  if (surplus !== undefined && !surplus.open)
    reader.report('surplus-argument', surplus, say('"{0}" is not expected here: {1}', surplus.text, usage));
}

import type { Diagnostic, Finding } from '../../base/finding';
import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import type { Span } from '../../base/span';
import { compareVersions, parseVersion, type Version } from '../../base/version';
import {
  type ArgumentSpec,
  blockIn,
  type KeywordSpec,
  keywordIn,
  namesIn,
  parentsOf,
  root,
} from '../../catalog/keepalived/catalog';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import { unknownText } from '../../syntax/keepalived/definitions';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import { diagnosticOf } from '../rule';
import { checkInstances } from './instances';
import { languageRules as rules } from './language';
import { checkEntry } from './lists';
import { checkObjects } from './objects';
import { wrongValue } from './values';

export type Report = (rule: keyof typeof rules, span: Span, message: Message, more?: Partial<Finding>) => void;

/** What lines may name, as far as the file has defined it when the line is read. */
export interface Defined {
  readonly scripts: Set<string>;
  readonly processes: Set<string>;
  readonly files: Set<string>;
  readonly bfds: Set<string>;
  readonly instances: Set<string>;
  /** False where included files may define more. */
  readonly complete: boolean;
}

/** Everything in a file that `keepalived -t` reports for reasons of its language. */
export function checkConformance(analysis: KeepalivedAnalysis): Diagnostic[] {
  const found: Diagnostic[] = [];
  const report: Report = (rule, span, message, more) => {
    found.push(diagnosticOf(rules[rule], { span, message, ...more }));
  };
  new Checker(analysis, report).check();
  return found;
}

class Checker {
  private readonly defined: Defined;

  constructor(
    private readonly analysis: KeepalivedAnalysis,
    private readonly report: Report,
  ) {
    this.defined = {
      scripts: new Set(),
      processes: new Set(),
      files: new Set(),
      bfds: new Set(),
      instances: new Set(),
      complete: analysis.tree.includes.length === 0,
    };
  }

  check(): void {
    const { tree } = this.analysis;
    for (const each of tree.problems) this.lexical(each.kind, { start: each.from, end: each.to });
    for (const item of tree.items) {
      for (const each of item.problems)
        this.lexical(each.kind, { start: item.start + each.from, end: item.start + each.to });
    }
    const statements = tree.items.map((each) => each.statement);
    for (const statement of statements) {
      if (statement.keyword === 'vrrp_instance') this.defined.instances.add(statement.words[1]?.text ?? '');
    }
    for (const statement of statements) this.statement(statement, root);
    this.checkDuplicateBlocks(statements);
    checkInstances(this.analysis, this.report);
    checkObjects(statements, this.report);
  }

  private lexical(kind: string, span: Span): void {
    if (kind === 'unterminated-quote')
      this.report('unterminatedQuote', span, say('the quote is not closed on this line'));
    else if (kind === 'bad-sequence')
      this.report(
        'badValue',
        span,
        say('this sequence cannot be read; expected ~SEQ(name, first, last) or ~LST(name, value, …)'),
      );
    else if (kind === 'long-line')
      this.report('badValue', span, say('the line is longer than 1023 bytes; keepalived splits or drops it'));
  }

  private statement(statement: Statement, parent: string): void {
    if (statement.stray) {
      this.report('unbalancedBrace', statement.span, say('"}" closes nothing'));
      return;
    }
    const [first] = statement.words;
    if (first === undefined) {
      const span = statement.block?.open ?? statement.span;
      this.report('unbalancedBrace', span, say('"{" does not belong to a block'));
      return;
    }
    if (first.text.includes(unknownText)) return;
    if (/^include[abmrw]?$/.test(first.text)) return;
    const block = blockIn(parent, first.text);
    const keyword = keywordIn(parent, first.text);
    if (block !== undefined && (keyword === undefined || keyword.kind === 'block'))
      this.block(statement, first, block, keyword, parent);
    else if (keyword === undefined) this.unknown(first, parent);
    else this.keyword(statement, first, keyword, parent);
  }

  private unknown(first: Word, parent: string): void {
    const elsewhere = parentsOf(first.text);
    const place = parent === root ? say('the top level').template : parent;
    if (elsewhere.length > 0) {
      const where = elsewhere
        .slice(0, 3)
        .map((each) => (each === root ? 'the top level' : each))
        .join(', ');
      this.report(
        'wrongBlock',
        first.span,
        say('"{0}" does not belong in {1}; it belongs in {2}', first.text, place, where),
      );
    } else {
      const meant = nearest(first.text, namesIn(parent));
      this.report(
        'unknownKeyword',
        first.span,
        meant === undefined
          ? say('unknown keyword "{0}" in {1}', first.text, place)
          : say('unknown keyword "{0}" in {1}; did you mean "{2}"?', first.text, place, meant),
        meant === undefined
          ? {}
          : {
              fixes: [
                {
                  title: say('Change to {0}', meant),
                  edits: [{ span: first.span, newText: meant }],
                  confidence: 'review',
                },
              ],
            },
      );
    }
  }

  private block(
    statement: Statement,
    first: Word,
    spec: NonNullable<ReturnType<typeof blockIn>>,
    keyword: KeywordSpec | undefined,
    parent: string,
  ): void {
    if (!this.available(first, keyword, spec.since, parent)) return;
    const [, name, surplus] = statement.words;
    if (spec.named && name === undefined)
      this.report('missingArgument', first.span, say('"{0}" needs a name', first.text));
    else if (surplus !== undefined && oneName.has(spec.name)) {
      this.report(
        'badValue',
        surplus.span,
        say('"{0}" takes one name; put a name with blanks in double quotes', first.text),
      );
    }
    if (statement.block === undefined) {
      this.report('unbalancedBrace', statement.span, say('"{" is missing behind "{0}"', first.text));
      return;
    }
    if (statement.block.close === undefined) {
      this.report('unbalancedBrace', statement.span, say('"}" is missing for this "{0}"', first.text));
    }
    const once = new Map<string, Word>();
    const entries = new Set<string>();
    for (const inner of statement.block.statements) {
      if (spec.body === 'line-list') {
        if (inner.stray || inner.words.length === 0) this.statement(inner, spec.name);
        else checkEntry(spec.name, inner, this.defined, entries, this.report);
        continue;
      }
      this.statement(inner, spec.name);
      const word = inner.words[0];
      const known = word === undefined ? undefined : keywordIn(spec.name, word.text);
      if (word === undefined || known?.once !== true) continue;
      const before = once.get(word.text);
      if (before === undefined) once.set(word.text, word);
      else {
        this.report('duplicateName', word.span, say('a second "{0}" in this block is ignored', word.text), {
          related: [{ span: before.span, message: say('the first one is here') }],
        });
      }
    }
    this.define(spec.name, name?.text);
  }

  /** Lines further down may name it from here on. */
  private define(kind: string, name: string | undefined): void {
    if (name === undefined) return;
    if (kind === 'vrrp_script') this.defined.scripts.add(name);
    else if (kind === 'vrrp_track_process') this.defined.processes.add(name);
    else if (kind === 'track_file' || kind === 'vrrp_track_file') this.defined.files.add(name);
    else if (kind === 'bfd_instance') this.defined.bfds.add(name);
  }

  private keyword(statement: Statement, first: Word, spec: KeywordSpec, parent: string): void {
    if (!this.available(first, spec, spec.sinceIn?.[parent] ?? spec.since, parent)) return;
    if (statement.block !== undefined) {
      this.report(
        'unbalancedBrace',
        statement.block.open,
        say('"{0}" has no block; "{" is not expected here', first.text),
      );
    }
    const args = statement.words.slice(1);
    const needed = spec.args.filter((each) => each.optional !== true && each.type !== 'options').length;
    if (spec.needsArgument === true && args.length < Math.max(1, needed)) {
      const spec0 = spec.args[args.length];
      this.report('missingArgument', first.span, say('"{0}" needs {1}', first.text, expected(spec0)));
      return;
    }
    let at = 0;
    for (const [index, word] of args.entries()) {
      const argument = spec.args[at];
      if (argument === undefined) break;
      const wrong = wrongValue(argument, word.text);
      if (wrong !== undefined) {
        const next = spec.args[at + 1];
        // An optional value may be left out, and the word be the next one.
        if (argument.optional === true && next !== undefined && wrongValue(next, word.text) === undefined) at++;
        else {
          this.report('badValue', word.span, wrong, enumFix(argument, word));
          break;
        }
      }
      if (argument.references === 'bfd_instance' && this.defined.complete && !this.defined.bfds.has(word.text)) {
        this.report(
          'unknownReference',
          word.span,
          say('there is no {0} "{1}" above this line', 'bfd_instance', word.text),
        );
      }
      if (argument.repeat !== true) at++;
      if (index > 64) break;
    }
  }

  /** Whether the release the file is for has the keyword; says so if not. */
  private available(first: Word, spec: KeywordSpec | undefined, since: string, parent: string): boolean {
    const version: Version = this.analysis.version ?? newest;
    const from = parseVersion(spec?.sinceIn?.[parent] ?? since);
    if (from !== undefined && compareVersions(from, version) > 0) {
      this.report(
        'unknownYet',
        first.span,
        say(
          '"{0}" came with keepalived {1}; this file is for {2}',
          first.text,
          from.join('.'),
          version.slice(0, version === newest ? 2 : 3).join('.'),
        ),
      );
      return false;
    }
    if (spec === undefined) return true;
    const gone = spec.removed === undefined ? undefined : parseVersion(spec.removed);
    if (gone !== undefined && compareVersions(gone, version) <= 0) {
      const instead = spec.replacement;
      this.report(
        'removed',
        first.span,
        instead === undefined
          ? say('"{0}" is gone since keepalived {1}', first.text, gone.join('.'))
          : say('"{0}" is gone since keepalived {1}; use "{2}"', first.text, gone.join('.'), instead),
      );
      return false;
    }
    const old = spec.deprecated === undefined ? undefined : parseVersion(spec.deprecated);
    if (old !== undefined && compareVersions(old, version) <= 0) {
      const instead = spec.replacement;
      this.report(
        'deprecated',
        first.span,
        instead === undefined
          ? say('"{0}" is deprecated since keepalived {1}', first.text, old.join('.'))
          : say('"{0}" is deprecated since keepalived {1}; use "{2}"', first.text, old.join('.'), instead),
        { tag: 'deprecated' },
      );
    }
    return true;
  }

  private checkDuplicateBlocks(statements: readonly Statement[]): void {
    const seen = new Map<string, Word>();
    for (const { words } of statements) {
      const [kind, name] = words;
      if (kind === undefined || name === undefined || !reportedDuplicates.has(kind.text)) continue;
      const key = `${kind.text} ${name.text}`;
      const before = seen.get(key);
      if (before === undefined) seen.set(key, name);
      else {
        this.report('duplicateName', name.span, say('a second {0} "{1}" is ignored', kind.text, name.text), {
          related: [{ span: before.span, message: say('the first one is here') }],
        });
      }
    }
  }
}

/** Compared when no release is given: the last line of releases that Haven knows. */
const newest: Version = [2, 4, 999];

const oneName: ReadonlySet<string> = new Set(['vrrp_instance', 'vrrp_sync_group', 'track_group']);
/** A second definition of the others is taken or dropped without a word. */
const reportedDuplicates: ReadonlySet<string> = new Set([
  'vrrp_instance',
  'vrrp_sync_group',
  'bfd_instance',
  'track_group',
]);

function expected(spec: ArgumentSpec | undefined): string {
  if (spec === undefined) return 'a value';
  if (spec.values !== undefined) return spec.values.slice(0, 6).join(' | ');
  if (spec.min !== undefined && spec.max !== undefined) return `${spec.min} … ${spec.max}`;
  return spec.type;
}

function enumFix(spec: ArgumentSpec, word: Word): Partial<Finding> {
  const meant = spec.type === 'enum' && spec.values !== undefined ? nearest(word.text, spec.values) : undefined;
  if (meant === undefined) return {};
  return {
    fixes: [{ title: say('Change to {0}', meant), edits: [{ span: word.span, newText: meant }], confidence: 'review' }],
  };
}

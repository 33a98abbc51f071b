import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { compareVersions, parseVersion, type Version } from '../../base/version';
import { blocksWith, type Context, type Entry, type Keyword, rootContext } from '../../catalog/keepalived';
import { unknownText } from '../../syntax/keepalived/definitions';
import type { Item, Statement, Word } from '../../syntax/keepalived/tree';
import { adviseAddresses } from './advice/addresses';
import { adviseInstance } from './advice/instance';
import { adviseScript } from './advice/scripts';
import { adviseCloud, adviseDevice, directRoutingOf } from './advice/surroundings';
import { adviseWords } from './advice/words';
import { checkArguments } from './arguments';
import { checkBlockEnd } from './block-end';
import { Checker, emptyNotes } from './checker';
import { conformance } from './conformance';
import { checkEntry } from './entries';
import { checkInstance } from './instance';
import { Settings } from './settings';
import { checkSyncGroup } from './sync-group';
import { isOlder } from './values';
import { checkVirtualServer } from './virtual-server';

/** Checks items of one tree against the catalog: keywords, blocks, values, references, in one walk over each. */
export class ItemChecker extends Checker {
  /** Keywords of which nothing is to be said for this release. */
  private readonly supported = new Set<Keyword>();

  /** Faults that are not in any item. */
  outside(): void {
    for (const { keyword, keywordSpan } of this.tree.includes) {
      if (keyword === 'include' || !isOlder(this.version, strictIncludes)) continue;
      this.reporter.add(conformance.unsupportedKeyword, {
        span: keywordSpan,
        message: say('"{0}" needs keepalived {1} or newer', keyword, strictIncludes.join('.')),
      });
    }
    for (const { from, to, kind } of this.tree.problems) this.lexical(kind, from, to);
  }

  item(item: Item): void {
    this.notes = emptyNotes();
    for (const { from, to, kind } of item.problems)
      this.lexical(kind, item.start + from, item.start + to, isInList(item.statement, item.start + from));
    this.statement(item.statement, rootContext());
  }

  /** `inList`: the rest of a line is one more entry there, whatever it says. */
  private lexical(kind: string, start: number, end: number, inList = false): void {
    const span = { start, end };
    if (kind === 'unterminated-quote')
      this.reporter.add(conformance.unterminatedQuote, {
        span,
        message: say('this quotation mark is not closed on the line'),
      });
    else if (kind === 'long-line')
      this.reporter.add(conformance.longLine, {
        span,
        ...(inList && { severity: 'warning' as const }),
        message: say('the line has more than 1023 bytes; keepalived reads the rest as another line'),
      });
    else
      this.reporter.add(conformance.badSequence, {
        span,
        message: say('expected ~SEQ(name, first, last) or ~LST(name, value, …) followed by the text to repeat'),
      });
  }

  private statement(
    statement: Statement,
    context: Context,
    entry: Entry | undefined = context.entries.get(statement.keyword),
  ): void {
    const word = statement.words[0];
    if (word === undefined) {
      const message = statement.stray
        ? say('this brace closes nothing: one "{" is missing above, or one "}" is too many')
        : say('no keyword stands before this brace');
      this.reporter.add(conformance.unbalancedBrace, { span: statement.span, message });
      return;
    }
    if (entry === undefined) this.unknown(word, statement, context);
    else {
      if (!this.supports(entry.keyword, word)) return;
      if (entry.opens !== undefined) this.block(statement, entry.opens);
      else {
        if (statement.block !== undefined)
          this.reporter.add(conformance.unbalancedBrace, {
            span: statement.block.open,
            message: say('"{0}" has no block', word.text),
          });
        checkArguments(this, statement, entry, context);
        adviseWords(this, statement, entry);
      }
    }
    if (statement.block !== undefined && statement.block.close === undefined)
      this.reporter.add(conformance.unbalancedBrace, {
        span: statement.block.open,
        message: say('the block of "{0}" is not closed: "}" is missing', word.text),
      });
  }

  private unknown(word: Word, statement: Statement, context: Context): void {
    const { text, span } = word;
    if (text.includes(unknownText)) return;
    const blocks = blocksWith(text);
    const inside = context.block.name === '(root)' ? undefined : context.block.name;
    if (blocks.length > 0) {
      const where = blocks.map((each) => (each === '(root)' ? 'the top level' : each)).slice(0, 4);
      const message =
        inside === undefined
          ? say('"{0}" is not known outside of blocks; it belongs in {1}', text, where.join(', '))
          : say('"{0}" is not known in {1}; it belongs in {2}', text, inside, where.join(', '));
      this.reporter.add(conformance.wrongBlock, { span, message });
      // A block inside of the wrong one mostly means that a "}" is missing: what it holds is checked all the same.
      const own = statement.block && rootContext().entries.get(text)?.opens;
      if (own !== undefined) this.block(statement, own);
      return;
    }
    const near = nearest(text, context.entries.keys());
    const message =
      near === undefined
        ? say('unknown keyword "{0}"', text)
        : say('unknown keyword "{0}"; did you mean "{1}"?', text, near);
    const fixes =
      near === undefined || word.replaced
        ? []
        : [
            {
              title: say('Change to "{0}"', near),
              edits: [{ span, newText: near }],
              confidence: 'review' as const,
            },
          ];
    this.reporter.add(conformance.unknownKeyword, { span, message, fixes });
  }

  /** Whether the release has the keyword; says so if not, and what replaces it if something does. */
  private supports(keyword: Keyword, word: Word): boolean {
    if (this.supported.has(keyword)) return true;
    const before = this.reporter.diagnostics.length;
    const isKnown = this.isInRelease(keyword, word);
    if (isKnown && this.reporter.diagnostics.length === before) this.supported.add(keyword);
    return isKnown;
  }

  private isInRelease(keyword: Keyword, word: Word): boolean {
    const { since, deprecated, removed, replacement } = keyword;
    const span = word.span;
    const { version } = this;
    const sinceVersion = since === undefined ? undefined : parseVersion(since);
    if (version !== undefined && sinceVersion !== undefined && isOlder(version, sinceVersion)) {
      const message =
        since === '2.5.0'
          ? say('"{0}" is in no release yet', word.text)
          : say('"{0}" needs keepalived {1} or newer', word.text, since ?? '');
      this.reporter.add(conformance.unsupportedKeyword, { span, message });
      return false;
    }
    const fixes =
      replacement !== undefined && /^\w+$/.test(replacement)
        ? [
            {
              title: say('Change to "{0}"', replacement),
              edits: [{ span, newText: replacement }],
              confidence: 'review' as const,
            },
          ]
        : [];
    if (
      removed !== undefined &&
      (version === undefined || compareVersions(version, parseVersion(removed) ?? []) >= 0)
    ) {
      const message =
        replacement === undefined
          ? say('"{0}" was removed in keepalived {1}', word.text, removed)
          : say('"{0}" was removed in keepalived {1}; use {2}', word.text, removed, replacement);
      this.reporter.add(conformance.unsupportedKeyword, { span, message, fixes });
      return false;
    }
    if (deprecated !== undefined && (version === undefined || !isOlder(version, parseVersion(deprecated) ?? [])))
      this.reporter.add(conformance.deprecatedKeyword, {
        span,
        message: say('"{0}" has been replaced by {1}', word.text, replacement ?? ''),
        severity: keyword.quiet ? 'info' : 'warning',
        tag: 'deprecated',
        fixes,
      });
    return true;
  }

  private block(statement: Statement, opens: Context): void {
    const { block } = statement;
    const name = opens.block.name;
    const word = statement.words[0];
    if (word === undefined) return;
    if (opens.block.named) this.blockName(statement, name);
    if (block === undefined) {
      this.reporter.add(conformance.unbalancedBrace, {
        span: statement.span,
        message: say('expected "{" and the block of "{0}"', word.text),
      });
      return;
    }
    if (opens.block.lines) {
      for (const each of block.statements) {
        if (each.block !== undefined || each.words.length === 0)
          this.reporter.add(conformance.unbalancedBrace, {
            span: each.block?.open ?? each.span,
            message: say('a list has no blocks inside'),
          });
        else checkEntry(this, name, each);
      }
    } else this.inside(block.statements, opens);
    const settings = whole.has(name) ? new Settings(statement) : undefined;
    checkBlockEnd(this, statement, opens.block.lines ? `${name} list` : name, settings);
    if (settings === undefined) return;
    if (name === 'vrrp_instance' || name === 'vrrp_sync_group') this.notes.tracked = trackedIn(settings);
    if (name === 'vrrp_instance') {
      this.notes.strictMode = settings.get('strict_mode');
      this.notes.routerKey = checkInstance(this, settings, this.globals);
      adviseInstance(this, settings);
      adviseAddresses(this, settings);
      adviseDevice(this, settings);
      adviseCloud(this, settings);
    } else if (name === 'vrrp_script') adviseScript(this, settings);
    else if (name === 'vrrp_sync_group') checkSyncGroup(this, statement);
    else {
      checkVirtualServer(this, settings);
      this.notes.directRouting = directRoutingOf(settings);
    }
  }

  private inside(statements: readonly Statement[], context: Context): void {
    for (let i = 0; i < statements.length; i++) {
      const each = statements[i];
      if (each === undefined) continue;
      const entry = context.entries.get(each.keyword);
      this.statement(each, context, entry);
      if (entry !== undefined && entry.opens === undefined) this.again(statements, i, each, entry, context);
    }
  }

  /** Whether a setting stood in its block before, where that matters. Blocks are short, so they are looked through. */
  private again(
    statements: readonly Statement[],
    index: number,
    each: Statement,
    { keyword }: Entry,
    context: Context,
  ): void {
    const name = each.keyword;
    const counted = keyword.once;
    const replaces = name === 'path' || (name === 'virtualhost' && context.block.name === 'url');
    if (!counted && !replaces && name !== 'use_vmac' && name !== 'state' && !alone.has(name)) return;
    const first = statements.find((other, at) => at >= index || other.keyword === name);
    if (first === undefined || first === each) return;
    if (replaces) this.repeated(each, first, 'replaced');
    else if (counted) this.repeated(each, first, context.block.name === 'SSL' ? 'replaced' : 'first');
    else if (name === 'use_vmac') {
      if (each.words[1] !== undefined && first.words[1] !== undefined) this.repeated(each, first, 'first');
    } else if (name === 'state') {
      if (each.words[1]?.text !== first.words[1]?.text) this.repeated(each, first, 'first');
    } else if (context.block.name !== 'track_group') this.repeated(each, first, 'last');
  }

  private repeated(statement: Statement, first: Statement, counts: 'first' | 'last' | 'replaced'): void {
    const span = statement.words[0]?.span ?? statement.span;
    const same = statement.words[1]?.text === first.words[1]?.text;
    if (counts === 'last' && same) return;
    this.reporter.add(conformance.repeatedKeyword, {
      span,
      message:
        counts === 'first'
          ? say('"{0}" stands here a second time and is ignored', statement.keyword)
          : say('"{0}" stands here a second time; only the last one counts', statement.keyword),
      related: [{ span: first.span, message: say('first set here') }],
    });
  }

  private blockName(statement: Statement, block: string): void {
    const names = statement.words.slice(1);
    const head = statement.words[0];
    if (head === undefined) return;
    if (names.length === 0) {
      this.reporter.add(conformance.missingArgument, { span: head.span, message: say('"{0}" needs a name', block) });
      return;
    }
    const extra = names[1];
    if (extra !== undefined && exactlyOneName.has(block))
      this.reporter.add(conformance.badValue, {
        span: extra.span,
        message: say('"{0}" takes exactly one name; put a name with blanks in double quotes', block),
      });
    if (block === 'virtual_server' || block === 'real_server') this.serverName(names, block);
    const name = names[0];
    if (block === 'bfd_instance' && name !== undefined && name.text.length > 31)
      this.bad(name, say('"{0}" is longer than 31 characters; keepalived ignores the block', name.text));
  }

  private serverName(names: readonly Word[], block: string): void {
    const [first, second] = names;
    if (first === undefined) return;
    if (block === 'virtual_server' && (first.text === 'group' || first.text === 'fwmark')) {
      if (second === undefined)
        this.reporter.add(conformance.missingArgument, {
          span: first.span,
          message: say('"{0}" lacks a value', first.text),
        });
      else if (first.text === 'fwmark') this.value('int', ['0', '4294967295'], second);
      return;
    }
    this.value('ip', [], first);
    // A port of zero is taken for a persistent service that has none.
    if (second !== undefined) this.value('int', ['0', '65535'], second);
  }
}

/** Whether an offset is in the one list whose entries may be anything. */
function isInList({ block }: Statement, offset: number): boolean {
  return (
    block?.statements.some(
      (each) =>
        each.keyword === 'notification_email' &&
        each.block !== undefined &&
        each.block.open.end <= offset &&
        offset < each.fullSpan.end,
    ) === true
  );
}

function trackedIn(settings: Settings): string[] {
  const names: string[] = [];
  for (const list of trackingLists) for (const each of settings.entries(list)) names.push(each.keyword);
  return names;
}

const trackingLists = ['track_script', 'track_process', 'track_file'];

/** Blocks that are looked at as a whole. */
const whole = new Set(['vrrp_instance', 'vrrp_sync_group', 'virtual_server', 'vrrp_script']);

const exactlyOneName = new Set(['vrrp_instance', 'vrrp_sync_group', 'track_group', 'virtual_server_group']);

/** Settings of which two different values in one block are nearly always a mistake; keepalived takes the last in silence. */
const alone = new Set(['priority', 'virtual_router_id', 'interface', 'script', 'advert_int', 'auth_pass', 'auth_type']);

/** The release that brought `includem` and its kin. */
const strictIncludes: Version = [2, 2, 1];

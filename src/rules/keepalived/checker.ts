import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { compareVersions, parseVersion, type Version } from '../../base/version';
import {
  type Argument,
  blocksWith,
  type Context,
  type Entry,
  type Keyword,
  rootContext,
} from '../../catalog/keepalived';
import { unknownText } from '../../syntax/keepalived/definitions';
import { scriptWords } from '../../syntax/keepalived/script-words';
import { type Item, lineOf, type Statement, type Tree, type Word } from '../../syntax/keepalived/tree';
import { adviseAddresses } from './advice/addresses';
import { adviseInstance } from './advice/instance';
import { adviseScript } from './advice/scripts';
import { adviseCloud, adviseDevice, directRoutingOf } from './advice/surroundings';
import { adviseWords } from './advice/words';
import { checkBlockEnd } from './block-end';
import { checkCommand } from './commands';
import { conformance } from './conformance';
import { checkEntry } from './entries';
import { checkInstance, type Globals } from './instance';
import { checkIpvsOptions } from './ipvs-options';
import type { ItemNotes } from './item-check';
import type { Names } from './names';
import type { Reporter } from './reporter';
import { Settings } from './settings';
import { checkSyncGroup } from './sync-group';
import { checkTunnel } from './tunnel';
import { faultOf, integerFault, isOlder, umaskFault } from './values';
import { checkVirtualServer } from './virtual-server';

/** Checks items of one tree against the catalog: keywords, blocks, values, references, in one walk over each. */
export class Checker {
  /** Keywords of which nothing is to be said for this release. */
  private readonly supported = new Set<Keyword>();
  /** Of the item that was checked last. */
  notes: ItemNotes = emptyNotes();

  constructor(
    readonly text: string,
    readonly tree: Tree,
    readonly names: Names,
    readonly globals: Globals,
    readonly version: Version | undefined,
    readonly reporter: Reporter,
  ) {}

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
        this.arguments(statement, entry, context);
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
    if (second !== undefined) this.value('int', [block === 'virtual_server' ? '0' : '0', '65535'], second);
  }

  value(type: string, parameters: readonly string[], word: Word): boolean {
    const message = faultOf({ type, parameters, optional: false }, word, this.version);
    if (message !== undefined) this.bad(word, message);
    return message === undefined;
  }

  bad(word: Word, message: Message): void {
    const rule = message.template.includes('address') ? conformance.badAddress : conformance.badValue;
    this.reporter.add(rule, { span: word.span, message });
  }

  private arguments(statement: Statement, entry: Entry, context: Context): void {
    const { words } = statement;
    const head = words[0];
    if (head === undefined) return;
    const first = entry.arguments[0];
    if (first === undefined) return;
    if (first.type === 'script' || first.type === 'regex') {
      this.script(statement, first);
      return;
    }
    if (first.type === 'lvs-timeouts' || head.text === 'lvs_sync_daemon') checkIpvsOptions(this, words);
    if (first.type === 'umask' && words.length > 2) {
      this.umask(words);
      return;
    }
    this.count(head, words, context);
    let at = 1;
    for (let index = 0; index < entry.arguments.length; index++) {
      const argument = entry.arguments[index];
      if (argument === undefined) break;
      const word = words[at];
      if (word === undefined) {
        if (!argument.optional && argument.type !== 'any')
          this.reporter.add(conformance.missingArgument, {
            span: head.span,
            ...(isUnjudged(head.text) && { severity: 'warning' as const }),
            message: say('"{0}" lacks a value', head.text),
          });
        else if (argument.type === 'any' && !argument.optional && at === 1)
          this.reporter.add(conformance.missingArgument, {
            span: head.span,
            ...(isUnjudged(head.text) && { severity: 'warning' as const }),
            message: say('"{0}" lacks a value', head.text),
          });
        return;
      }
      const fault = this.argumentFault(argument.type, argument.parameters, word, head.text, context);
      if (fault !== undefined && regexSettings.has(head.text))
        this.reporter.add(conformance.badValue, { span: word.span, severity: 'warning', message: fault });
      else if (fault !== undefined) this.bad(word, fault);
      else if (word.text === '' && numbers.has(argument.type))
        this.reporter.add(conformance.badValue, {
          span: word.span,
          severity: 'warning',
          message: say('an empty value counts as 0'),
        });
      at++;
      if (argument.repeated && words[at] !== undefined) index--;
    }
    if (head.text === 'lb_kind' || head.text === 'lvs_method') checkTunnel(this, words);
  }

  /** Names of bits may stand apart, with `|` between them. */
  private umask(words: readonly Word[]): void {
    const [, first, second] = words;
    const last = words.at(-1);
    const names = words.slice(1).map((each) => each.text);
    if (first === undefined || last === undefined || second === undefined) return;
    if (/^\d/.test(first.text)) this.bad(second, say('"{0}" takes one value; "{1}" is too many', 'umask', second.text));
    else {
      const fault = umaskFault(names.join(''));
      if (fault !== undefined) this.bad(last, fault);
    }
  }

  /** Words too many or too few, where the program minds them. */
  private count(head: Word, words: readonly Word[], { block }: Context): void {
    const [, first, second] = words;
    if (extraArps.has(head.text) && first?.text === 'all' && second === undefined)
      this.bad(first, say('"{0}" lacks a value', head.text));
    const isOne = oneWord.has(head.text) || (head.text === 'name' && block.name === 'BFD_CHECK');
    if (second !== undefined && head.text === 'notification_email_from')
      this.reporter.add(conformance.badValue, {
        span: second.span,
        severity: 'warning',
        message: say('"{0}" takes one value; "{1}" is too many', head.text, second.text),
      });
    if (second !== undefined && isOne)
      this.bad(second, say('"{0}" takes one value; "{1}" is too many', head.text, second.text));
  }

  private argumentFault(
    type: string,
    parameters: readonly string[],
    word: Word,
    keyword: string,
    context: Context,
  ): Message | undefined {
    const block = context.block.name;
    if (type === 'name') {
      this.reference(word, parameters[0] ?? '', true);
      return undefined;
    }
    if (block === 'vrrp_script' && (keyword === 'interval' || keyword === 'timeout')) {
      const whole = isOlder(this.version, [2, 3, 2]);
      if (Number(word.text) === 0) return say('{0} is below the smallest value, {1}', word.text, whole ? '1' : '0.001');
      return whole
        ? integerFault(word.text, '1', '4294')
        : faultOf({ type: 'float', parameters: ['0.001', '4294', '3'], optional: false }, word);
    }
    if (keyword === 'use_vmac' && word.text === '') return say('an interface needs a name');
    if (extraArps.has(keyword) && word.text !== 'all')
      return integerFault(word.text, keyword.startsWith('vrrp_') ? '1' : '0', '86400');
    if (keyword === 'vrrp_rx_bufs_policy' && !/^(?:mtu|advert)$/i.test(word.text))
      return integerFault(word.text, '0', '4294967295');
    if (keyword === 'include_check' && !/^[+-]?(?:read|match|wildcard_match|brace_match)$/.test(word.text))
      return say('expected {0}, not "{1}"', 'read, match, wildcard_match, brace_match', word.text);
    if (block === 'vrrp_instance' && keyword === 'interface' && word.text === 'lo')
      return say('VRRP cannot run on the loopback interface "{0}"', word.text);
    // Numbers of processors alone may have a minus sign before a zero.
    if (keyword.endsWith('_cpu_affinity') && /^-0+$/.test(word.text)) return undefined;
    if (microseconds.has(keyword)) {
      const largest = largestTime(block, parameters[1] ?? '', this.version);
      return faultOf({ type, parameters: [parameters[0] ?? '', largest, '6'], optional: false }, word, this.version);
    }
    if (zeroIsRefused.has(keyword) && /^\+?0+$/.test(word.text))
      return say('{0} is below the smallest value, {1}', '0', '1');
    if (keyword === 'auth_pass' && byteLength(word.text) > 8)
      return say('only the first 8 bytes of a password count; this one has {0}', byteLength(word.text));
    if (type === 'string' && parameters[0] === '15' && word.text.length > 15)
      return say('"{0}" is longer than 15 characters and is cut', word.text);
    if (block === 'DNS_CHECK' && keyword === 'name' && /^\.|\.\./.test(word.text) && word.text !== '.')
      return say('"{0}" has an empty label', word.text);
    // Only what it is used for would notice that it is too long.
    if (keyword === 'default_interface' && word.text !== '') return undefined;
    return faultOf({ type, parameters, optional: false }, word, this.version);
  }

  /** Scripts and patterns have quotes and escapes of their own and are read from the line as a whole. */
  private script(statement: Statement, { type, optional }: Argument): void {
    const line = lineOf(statement, this.text);
    const words = scriptWords(line);
    const head = statement.words[0];
    if (head === undefined) return;
    if (words === undefined) {
      this.reporter.add(conformance.unterminatedQuote, {
        span: statement.span,
        message: say('a quotation mark of this command is not closed'),
      });
      return;
    }
    const command = words[1];
    if ((command === undefined && !optional) || command?.text.trim() === '')
      this.reporter.add(conformance.missingArgument, {
        span: head.span,
        // An empty notification is taken without a word, and nothing can be run.
        ...((type === 'regex' || (command !== undefined && !neededCommands.has(head.text))) && {
          severity: 'warning' as const,
        }),
        message: say('"{0}" lacks a command', head.text),
      });
    else if (command !== undefined && scriptWords(command.text) === undefined)
      this.reporter.add(conformance.unterminatedQuote, {
        span: statement.span,
        message: say('a quotation mark of this command is not closed'),
      });
    else if (type === 'script' && statement.block === undefined && !pipes.test(head.text)) {
      this.notes.firstScript ??= statement;
      checkCommand(this, statement, words);
    }
  }

  /** Says what is wrong with a name that must be defined; `before`: further up in the file; `quiet`: keepalived lets it pass. */
  reference(word: Word, kind: string, before: boolean, quiet = false): boolean {
    if (word.text.includes(unknownText) || word.text.includes('$')) return true;
    const found = this.names.of(kind).get(word.text);
    if (found === undefined) {
      if (!this.names.complete) return true;
      const near = nearest(word.text, this.names.of(kind).keys());
      this.reporter.add(conformance.unknownReference, {
        span: word.span,
        ...(quiet && { severity: 'warning' as const }),
        message:
          near === undefined
            ? say('no {0} is named "{1}"', kind, word.text)
            : say('no {0} is named "{1}"; did you mean "{2}"?', kind, word.text, near),
        fixes:
          near === undefined
            ? []
            : [
                {
                  title: say('Change to "{0}"', near),
                  edits: [{ span: word.span, newText: near }],
                  confidence: 'review',
                },
              ],
      });
      return false;
    }
    if (!before || found.statement.span.start < word.span.start || this.tree.includes.length > 0) return true;
    if (!this.tree.items.includes(found.statement.item)) return true;
    this.reporter.add(conformance.definedAfterUse, {
      span: word.span,
      message: say('{0} "{1}" is defined further down; keepalived ignores it here', kind, word.text),
      related: [{ span: found.name.span, message: say('defined here') }],
    });
    return false;
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

function emptyNotes(): ItemNotes {
  return {
    firstScript: undefined,
    firstPassword: undefined,
    directRouting: undefined,
    strictMode: undefined,
    routerKey: undefined,
    addresses: [],
    tracked: undefined,
  };
}

/** Blocks that are looked at as a whole. */
const whole = new Set(['vrrp_instance', 'vrrp_sync_group', 'virtual_server', 'vrrp_script']);

const exactlyOneName = new Set(['vrrp_instance', 'vrrp_sync_group', 'track_group', 'virtual_server_group']);

/** Settings of which two different values in one block are nearly always a mistake; keepalived takes the last in silence. */
const alone = new Set(['priority', 'virtual_router_id', 'interface', 'script', 'advert_int', 'auth_pass', 'auth_type']);

/** Commands that are refused when they are empty; of all others none is run. */
const neededCommands = new Set(['script', 'misc_path', 'startup_script', 'shutdown_script']);

/** Settings of which the program takes one word and refuses more. */
const oneWord = new Set(['reload_time_file', 'snmp_socket', 'snmp_name']);

/** Their values are read when a reply is compared, so the configuration test says nothing of them. */
const regexSettings = new Set(['regex_options', 'regex_stack', 'regex_min_offset', 'regex_max_offset']);
const isUnjudged = (keyword: string): boolean => regexSettings.has(keyword) || keyword === 'status_code';

const numbers = new Set(['int', 'float']);

/** Times that the program keeps in microseconds. */
const microseconds = new Set(['garp_interval', 'gna_interval', 'vrrp_garp_interval', 'vrrp_gna_interval']);

/** The longest of those times: 2.1.5 counts whole seconds, and 2.2.7 keeps those of a `garp_group` in 31 bits. */
function largestTime(block: string, newest: string, version: Version | undefined): string {
  const own = block === 'garp_group' && isOlder(version, [2, 2, 8]) ? '2147.483647' : newest;
  return isOlder(version, [2, 2, 0]) ? String(Math.floor(Number(own))) : own;
}

const zeroIsRefused = new Set([
  'garp_master_repeat',
  'garp_master_refresh_repeat',
  'vrrp_garp_master_repeat',
  'vrrp_garp_master_refresh_repeat',
  'smtp_connect_timeout',
]);

/** The release that brought `includem` and its kin. */
const strictIncludes: Version = [2, 2, 1];

/** Periods in seconds, with `all` before or behind them. */
const extraArps = new Set(['garp_extra_if', 'vmac_garp_intvl', 'vrrp_garp_extra_if', 'vrrp_vmac_garp_intvl']);

/** Commands that read from a pipe; they are started differently. */
const pipes = /notify_fifo/;

/** In UTF-8, without making the bytes: every instance has a password. */
function byteLength(text: string): number {
  let bytes = 0;
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

import { say } from '../../../base/message';
import { rootContext } from '../../../catalog/keepalived';
import type { Item, Statement, Tree } from '../../../syntax/keepalived/tree';
import type { RuleInfo } from '../../rule';
import { conformance } from '../conformance';
import type { ItemCheck } from '../item-check';
import type { Named, Names } from '../names';
import type { Reporter } from '../reporter';
import type { Settings } from '../settings';
import { adviseDirectRouting, adviseStrict } from './surroundings';

export const fileAdvice = {
  globalsTooLate: {
    id: 'keepalived/globals-too-late',
    severity: 'warning',
    summary: 'A `global_defs` block stands behind instances, which were read without its defaults.',
  },
  noScriptUser: {
    id: 'keepalived/no-script-user',
    severity: 'warning',
    summary: '`enable_script_security` is set and nobody says as whom scripts run.',
    absence: true,
  },
  unusedCheck: {
    id: 'keepalived/unused-check',
    severity: 'warning',
    summary: 'A check is defined and never tracked, so it is never run.',
    absence: true,
  },
  partialGroupCheck: {
    id: 'keepalived/sync-group-partial-check',
    severity: 'warning',
    summary: 'A weighted check is tracked by some members of a sync group only, so the others hold the whole group.',
  },
  silentInclude: {
    id: 'keepalived/silent-include',
    severity: 'hint',
    summary: 'A plain `include` lets keepalived start without a file that is missing.',
  },
  notReplaced: {
    id: 'keepalived/definition-not-replaced',
    severity: 'warning',
    summary: 'A definition is named in a form that keepalived does not replace.',
  },
  plainPassword: {
    id: 'keepalived/password-in-file',
    severity: 'hint',
    summary: 'The file holds a password that anybody who reads the network sees too.',
  },
  invisibleCharacter: {
    id: 'keepalived/invisible-character',
    severity: 'warning',
    summary: 'A character that looks like a blank or a quotation mark is none to keepalived.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;

interface File {
  readonly text: string;
  readonly tree: Tree;
  readonly names: Names;
  readonly globals: readonly Settings[];
  readonly reporter: Reporter;
  readonly checks: readonly ItemCheck[];
}

/** What only shows when the whole file has been read. */
export function adviseFile(file: File): void {
  globalsTooLate(file);
  repeatedGlobals(file);
  repeatedOutside(file);
  if (file.names.complete) {
    noScriptUser(file);
    unusedChecks(file);
    partialGroupChecks(file);
  }
  adviseStrict(instancesOf(file), file.globals, file.text, file.reporter);
  adviseDirectRouting(file.checks, file.reporter);
  password(file);
  includes(file);
  definitions(file);
}

function instancesOf({ tree, checks }: File): { statement: Statement; strictMode: Statement | undefined }[] {
  const instances = [];
  for (const [at, { statement }] of tree.items.entries())
    if (statement.keyword === 'vrrp_instance') instances.push({ statement, strictMode: checks[at]?.strictMode });
  return instances;
}

function globalsTooLate({ tree, globals, reporter }: File): void {
  if (globals.length === 0) return;
  const first = tree.items.find(({ statement }) => statement.keyword === 'vrrp_instance');
  for (const { statement } of globals) {
    const word = statement.words[0];
    if (first === undefined || word === undefined || word.start < first.start) continue;
    reporter.add(fileAdvice.globalsTooLate, {
      span: word.span,
      message: say('the instances above were read without these defaults; put global_defs before them'),
    });
  }
}

const onceOutside = new Set(['instance', 'net_namespace', 'net_namespace_ipvs']);

/** Settings outside of all blocks of which the first one counts. */
function repeatedOutside({ tree, reporter }: File): void {
  const seen = new Map<string, Statement>();
  for (const { statement } of tree.items) {
    const { keyword } = statement;
    if (!onceOutside.has(keyword)) continue;
    const first = seen.get(keyword);
    if (first === undefined) seen.set(keyword, statement);
    else
      reporter.add(conformance.repeatedKeyword, {
        span: statement.words[0]?.span ?? statement.span,
        message: say('"{0}" stands here a second time and is ignored', keyword),
        related: [{ span: first.span, message: say('first set here') }],
      });
  }
}

/** What one `global_defs` has set a second one does not set anew, as far as the setting may stand once. */
function repeatedGlobals({ globals, reporter }: File): void {
  const entries = rootContext().entries.get('global_defs')?.opens?.entries;
  for (const [index, own] of globals.entries()) {
    if (index === 0) continue;
    for (const statement of own.statement.block?.statements ?? []) {
      const word = statement.words[0];
      if (word === undefined || entries?.get(word.text)?.keyword.once !== true) continue;
      const first = globals
        .slice(0, index)
        .find((each) => each.get(word.text) !== undefined)
        ?.get(word.text);
      if (first === undefined) continue;
      reporter.add(conformance.repeatedKeyword, {
        span: word.span,
        message: say('"{0}" stands here a second time and is ignored', word.text),
        related: [{ span: first.span, message: say('first set here') }],
      });
    }
  }
}

function noScriptUser({ globals, names, reporter, checks }: File): void {
  const line = globals.map((each) => each.get('enable_script_security')).findLast((each) => each !== undefined);
  if (line === undefined || !checks.some((each) => each.firstScript !== undefined)) return;
  if (globals.some((each) => each.get('script_user') !== undefined)) return;
  const scripts = [...names.of('vrrp_script').values()].map((each) => each.statement);
  if (scripts.length === 0) return;
  if (scripts.every((each) => each.block?.statements.some((one) => one.keyword === 'user'))) return;
  reporter.add(fileAdvice.noScriptUser, {
    span: line.span,
    message: say(
      'without script_user the scripts run as keepalived_script, and not at all where there is no such user',
    ),
    fixes:
      line.expanded !== undefined
        ? []
        : [
            {
              title: say('Add "{0}"', 'script_user root'),
              edits: [{ span: { start: line.span.start, end: line.span.start }, newText: 'script_user root\n    ' }],
              confidence: 'review',
            },
          ],
  });
}

const kinds = ['vrrp_script', 'vrrp_track_process', 'track_file'] as const;

function unusedChecks({ tree, names, reporter, checks }: File): void {
  const unused = new Map<string, Named>();
  // Checks of real servers track files too.
  const hasServers = names.of('track_file').size > 0 && tree.items.some(isServer);
  for (const kind of kinds) {
    if (kind === 'track_file' && hasServers) continue;
    for (const [name, named] of names.of(kind)) unused.set(name, named);
  }
  let tracks = false;
  for (const { tracked } of checks) {
    if (unused.size === 0) return;
    if (tracked === undefined) continue;
    tracks = true;
    for (const name of tracked) unused.delete(name);
  }
  // A file of definitions alone is included by another one.
  if (!tracks) return;
  for (const [name, { name: word, statement }] of unused) {
    if (!tree.items.includes(statement.item)) continue;
    reporter.add(fileAdvice.unusedCheck, {
      span: word.span,
      message: say('no instance tracks "{0}", so keepalived never looks at it', name),
      tag: 'unnecessary',
    });
  }
}

function isServer({ statement }: Item): boolean {
  return statement.keyword === 'virtual_server';
}

/** A group moves only when every member wants to, and one whose priority stays does not (`vrrp_sync_can_goto_master`). */
function partialGroupChecks({ tree, names, reporter }: File): void {
  for (const { statement } of tree.items) {
    if (statement.keyword !== 'vrrp_sync_group') continue;
    const lines = statement.block?.statements ?? [];
    if (!lines.some((each) => each.keyword === 'sync_group_tracking_weight')) continue;
    const list = lines.find((each) => each.keyword === 'group')?.block?.statements ?? [];
    const members = list.flatMap((line) =>
      line.words.flatMap(({ text }) => names.of('vrrp_instance').get(text)?.statement ?? []),
    );
    const tracked = members.map((member) => new Map(trackLines(member).map((each) => [each.keyword, each])));
    for (const [index, own] of tracked.entries()) {
      for (const [name, line] of own) {
        const lacking = members.find((_, at) => at !== index && tracked[at]?.has(name) === false);
        if (lacking === undefined || !hasWeight(names, line)) continue;
        reporter.add(fileAdvice.partialGroupCheck, {
          span: line.span,
          message: say(
            '"{0}" of the same group does not track {1}, so it keeps the whole group where it is: track it in the group',
            lacking.words[1]?.text ?? '',
            name,
          ),
          related: [{ span: lacking.span, message: say('the other member is here') }],
        });
      }
    }
  }
}

function trackLines({ block }: Statement): readonly Statement[] {
  return (block?.statements ?? []).flatMap((each) =>
    each.keyword === 'track_script' || each.keyword === 'track_process' ? (each.block?.statements ?? []) : [],
  );
}

function hasWeight(names: Names, line: Statement): boolean {
  const at = line.words.findIndex((each) => each.text === 'weight');
  if (at >= 0) return Number(line.words[at + 1]?.text ?? 0) !== 0;
  return (['vrrp_script', 'vrrp_track_process'] as const).some((kind) =>
    names
      .of(kind)
      .get(line.keyword)
      ?.statement.block?.statements.some((each) => each.keyword === 'weight' && Number(each.words[1]?.text) !== 0),
  );
}

/** One finding for a file: whoever has read the first knows of the others. */
function password({ checks, reporter }: File): void {
  const word = checks.find((each) => each.firstPassword !== undefined)?.firstPassword;
  if (word === undefined) return;
  reporter.add(fileAdvice.plainPassword, {
    span: word.span,
    message: say('the password stands here and goes over the network in clear: it keeps mistakes out, not attackers'),
  });
}

function includes({ tree, reporter }: File): void {
  for (const { keyword, pattern, keywordSpan } of tree.includes) {
    if (keyword !== 'include' || /[*?[{~$]/.test(pattern)) continue;
    reporter.add(fileAdvice.silentInclude, {
      span: keywordSpan,
      message: say('when "{0}" is missing keepalived starts without it; "{1}" refuses to', pattern, 'includem'),
    });
  }
}

function definitions({ text, tree, reporter }: File): void {
  if (tree.definitions.length === 0) return;
  const names = new Set(tree.definitions.map((each) => each.name));
  for (const { name, span, replaced } of tree.uses) {
    if (replaced || !names.has(name)) continue;
    // What came out of another definition is not written here.
    const own = { start: span.start, end: span.start + name.length + 1 };
    if (text.slice(own.start, own.end) !== `$${name}` || /\w/.test(text[own.end] ?? '')) continue;
    const form = `\${${name}}`;
    reporter.add(fileAdvice.notReplaced, {
      span: own,
      message: say('keepalived does not replace this; write {0}', form),
      fixes: [{ title: say('Change to "{0}"', form), edits: [{ span: own, newText: form }], confidence: 'review' }],
    });
  }
}

const odd = /[\u00a0\u2007\u202f\u200b\ufeff\u2018\u2019\u201c\u201d]/g;
const quotes = /[\u2018\u2019\u201c\u201d]/;

/** Looks through the text of one item, as the rest of the file has nothing but comments. */
export function adviseCharacters(text: string, from: number, to: number, reporter: Reporter): void {
  const own = text.slice(from, to);
  if (own.search(odd) < 0) return;
  for (const found of own.matchAll(odd)) {
    const start = from + found.index;
    const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
    if (/[#!]/.test(before)) continue;
    const isQuote = quotes.test(found[0]);
    reporter.add(fileAdvice.invisibleCharacter, {
      span: { start, end: start + 1 },
      message: isQuote
        ? say('this is a typographic quotation mark, which keepalived takes for a letter; write "')
        : say('this character looks like a blank, and keepalived takes it for a letter'),
      fixes: [
        {
          title: isQuote ? say('Write a plain quotation mark') : say('Write a plain blank'),
          edits: [{ span: { start, end: start + 1 }, newText: isQuote ? '"' : start === 0 ? '' : ' ' }],
          confidence: 'review',
        },
      ],
    });
  }
}

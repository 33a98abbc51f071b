import { parseIp } from '../../base/address';
import { type Message, say } from '../../base/message';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { RuleInfo } from '../rule';
import type { Checker } from './checker';
import { conformance } from './conformance';

/** The last line of `keyword` in the block of `statement`: keepalived keeps the last in most cases. */
export function setting(statement: Statement, keyword: string): Statement | undefined {
  return statement.block?.statements.findLast((each) => each.keyword === keyword);
}

export function settingValue(statement: Statement, keyword: string): Word | undefined {
  return setting(statement, keyword)?.words[1];
}

/** The entries of every list `name` in the block. */
export function entriesOf(statement: Statement, name: string): readonly Statement[] {
  return (statement.block?.statements ?? [])
    .filter((each) => each.keyword === name)
    .flatMap((each) => each.block?.statements ?? []);
}

/** What must stand in a block, and what keepalived does with a block that lacks it. */
const required: Readonly<Record<string, readonly string[]>> = {
  vrrp_script: ['script'],
  vrrp_track_process: ['process'],
  track_file: ['file'],
  vrrp_track_file: ['file'],
  virtual_server: ['real_server'],
  MISC_CHECK: ['misc_path'],
  BFD_CHECK: ['name'],
  FILE_CHECK: ['track_file'],
  HTTP_GET: ['url'],
  SSL_GET: ['url'],
  url: ['path'],
  vrrp_sync_group: ['group'],
};

/** Checks of a whole block. Which lines it needs cannot be said where an included file may hold them. */
export function checkBlockEnd(checker: Checker, statement: Statement, block: string): void {
  const head = statement.words[0];
  if (head === undefined || statement.block?.close === undefined) return;
  const missing = (message: Message, at: Word = head, severity?: 'warning') =>
    checker.reporter.add(conformance.missingSetting, { span: at.span, message, ...(severity && { severity }) });
  if (checker.tree.includes.some(({ keywordSpan }) => contains(statement, keywordSpan.start))) return;

  // keepalived notices at the closing brace, except in blocks that it looks at once more after all has been read.
  const atEnd = (message: Message) =>
    checker.reporter.add(conformance.missingSetting, {
      span: statement.block?.close ?? head.span,
      message,
      related: [{ span: head.span, message: say('the block begins here') }],
    });
  for (const keyword of required[block] ?? [])
    if (setting(statement, keyword) === undefined) {
      const message = say('"{0}" needs a line "{1}"', head.text, keyword);
      if (block === 'virtual_server' || block === 'vrrp_sync_group') missing(message);
      else atEnd(message);
    }
  switch (block) {
    case 'vrrp_instance':
      instance(statement, head, missing);
      break;
    case 'bfd_instance':
      if (setting(statement, 'neighbor_ip') === undefined && setting(statement, 'neighbour_ip') === undefined)
        atEnd(say('"{0}" needs a line "{1}"', head.text, 'neighbor_ip'));
      break;
    case 'virtual_server': {
      const byMark = statement.words[1]?.text === 'fwmark';
      for (const [keyword, other] of [
        ['lb_algo', 'lvs_sched'],
        ['lb_kind', 'lvs_method'],
        ['protocol', 'protocol'],
      ] as const) {
        if (keyword === 'protocol' && (byMark || statement.words[1]?.text === 'group')) continue;
        if (setting(statement, keyword) === undefined && setting(statement, other) === undefined)
          missing(say('"{0}" needs a line "{1}"', head.text, keyword), head, 'warning');
      }
      break;
    }
    case 'garp_group':
      if (setting(statement, 'garp_interval') === undefined && setting(statement, 'gna_interval') === undefined)
        atEnd(say('"{0}" needs garp_interval or gna_interval', head.text));
      break;
    case 'vrrp_sync_group': {
      const members = new Set(entriesOf(statement, 'group').flatMap((each) => each.words.map((word) => word.text)));
      if (members.size === 1) missing(say('a sync group of one instance changes nothing'), head, 'warning');
      else if (members.size === 0 && setting(statement, 'group') !== undefined)
        missing(say('"{0}" names no instance', head.text));
      break;
    }
    case 'virtual_server_group list':
    case 'notification_email list':
      if (statement.block.statements.length === 0) atEnd(say('"{0}" is empty', head.text));
      break;
  }
}

function instance(
  statement: Statement,
  head: Word,
  missing: (message: Message, at?: Word, severity?: 'warning') => void,
) {
  const name = statement.words[1] ?? head;
  if (setting(statement, 'virtual_router_id') === undefined)
    missing(say('"{0}" needs a line "{1}"', name.text, 'virtual_router_id'), name);
  if (setting(statement, 'interface') === undefined && setting(statement, 'unicast_src_ip') === undefined)
    missing(say('"{0}" needs a line "{1}"', name.text, 'interface'), name);
  const none = setting(statement, 'no_virtual_ipaddress') !== undefined;
  if (!none && entriesOf(statement, 'virtual_ipaddress').length === 0)
    missing(say('"{0}" has no virtual address', name.text), name, 'warning');
  const unicast = ['unicast_peer', 'unicast_src_ip', 'unicast_ttl']
    .map((each) => setting(statement, each))
    .find((each) => each);
  if (unicast?.words[0] !== undefined && entriesOf(statement, 'unicast_peer').length === 0)
    missing(
      say('"{0}" without peers: keepalived falls back to multicast', unicast.keyword),
      unicast.words[0],
      'warning',
    );
}

function contains(statement: Statement, offset: number): boolean {
  const { start, end } = statement.fullSpan;
  return start <= offset && offset < end;
}

export const conflictingSettings: RuleInfo = {
  id: 'keepalived/conflicting-settings',
  severity: 'warning',
  summary: 'Two settings exclude each other, so keepalived drops one of them.',
};

/** Which settings keepalived drops once it has read everything (`vrrp_complete_instance` in keepalived/vrrp/vrrp.c). */
export function checkConflicts(checker: Checker): void {
  const statements = checker.tree.items.map((item) => item.statement);
  const globals = statements.filter((each) => each.keyword === 'global_defs');
  const global = (keyword: string) => globals.map((each) => setting(each, keyword)).findLast((each) => each);
  const globalVersion = global('vrrp_version')?.words[1]?.text;
  const strictByDefault = global('vrrp_strict') !== undefined && global('vrrp_strict')?.words[1]?.text !== 'off';
  const routers = new Map<string, Word>();

  for (const statement of statements) {
    if (statement.keyword !== 'vrrp_instance' || statement.block === undefined) continue;
    const name = statement.words[1];
    if (name === undefined) continue;
    const say2 = (at: Statement | undefined, message: Message, related?: Statement) => {
      const span = at?.words[0]?.span;
      if (span === undefined) return;
      checker.reporter.add(conflictingSettings, {
        span,
        message,
        related: related === undefined ? [] : [{ span: related.span, message: say('because of this') }],
      });
    };
    const get = (keyword: string) => setting(statement, keyword);
    const vips = entriesOf(statement, 'virtual_ipaddress');
    const families = vips
      .map((each) => parseIp(each.words[0]?.text.split('/')[0] ?? '')?.family)
      .filter((each) => each);
    const family = families[0] ?? 4;
    const version = get('version')?.words[1]?.text ?? globalVersion ?? (family === 6 ? '3' : '2');
    const state = get('state');
    const isMaster = statement.block.statements.some(
      (each) => each.keyword === 'state' && each.words[1]?.text === 'MASTER',
    );
    const priority = get('priority')?.words[1]?.text ?? (isMaster ? '255' : '100');
    const nopreempt = get('nopreempt');
    const preemptDelay = get('preempt_delay');
    const strict = get('strict_mode');
    const isStrict =
      strict === undefined ? strictByDefault : !['off', 'no', 'false'].includes(strict.words[1]?.text ?? '');

    if (nopreempt !== undefined && isMaster)
      say2(nopreempt, say('nopreempt has no effect while state is MASTER; set state BACKUP on every node'), state);
    else if (nopreempt !== undefined && Number(priority) === 255)
      say2(nopreempt, say('nopreempt has no effect with priority 255'), get('priority'));
    if (preemptDelay !== undefined && Number(preemptDelay.words[1]?.text) > 0) {
      if (isMaster)
        say2(preemptDelay, say('preempt_delay has no effect while state is MASTER; set state BACKUP'), state);
      else if (nopreempt !== undefined)
        say2(preemptDelay, say('preempt_delay has no effect together with nopreempt'), nopreempt);
    }
    const auth = get('authentication');
    const authType = auth && setting(auth, 'auth_type');
    const authPass = auth && setting(auth, 'auth_pass');
    if (authType !== undefined && ['PASS', 'AH'].includes(authType.words[1]?.text ?? '')) {
      if (authPass === undefined) say2(authType, say('auth_type without auth_pass: there is no authentication'));
      else if (version === '3') say2(authType, say('VRRP version 3 has no authentication; keepalived ignores it'));
      else if (isStrict) say2(authType, say('strict mode has no authentication; keepalived ignores it'));
    } else if (authPass !== undefined && authType === undefined)
      say2(authPass, say('auth_pass without auth_type: there is no authentication'));
    if (isStrict && isMaster && Number(priority) !== 255)
      say2(state, say('strict mode allows state MASTER only with priority 255'));
    const advert = get('advert_int');
    const interval = advert?.words[1]?.text ?? '1';
    if (version === '2' && /\.\d*[1-9]/.test(interval))
      say2(advert, say('VRRP version 2 has whole seconds only; {0} is rounded, use version 3', interval));
    if (version === '3' && Number(interval) > 40.95)
      say2(advert, say('VRRP version 3 cannot wait longer than 40.95 seconds'));
    if (get('native_ipv6') !== undefined && families.includes(4))
      say2(get('native_ipv6'), say('native_ipv6 does not go with IPv4 addresses'));
    vips.forEach((each, index) => {
      const own = parseIp(each.words[0]?.text.split('/')[0] ?? '')?.family;
      const word = each.words[0];
      if (index > 0 && own !== undefined && own !== family && word !== undefined)
        checker.reporter.add(conformance.badAddress, {
          span: word.span,
          message: say(
            'the addresses of an instance are of one family; put "{0}" into virtual_ipaddress_excluded',
            word.text,
          ),
        });
    });
    const own = get('interface')?.words[1]?.text;
    for (const each of entriesOf(statement, 'track_interface'))
      if (each.words[0]?.text === own && own !== undefined)
        say2(each, say('the own interface "{0}" is tracked anyway', own));
    if (Number(priority) === 255) weightsOfOwner(checker, statement, say2);

    const vrid = get('virtual_router_id')?.words[1];
    if (vrid !== undefined && own !== undefined) {
      const key = `${own} ${family} ${Number(vrid.text)} ${entriesOf(statement, 'unicast_peer').length > 0}`;
      const first = routers.get(key);
      if (first === undefined) routers.set(key, vrid);
      else
        checker.reporter.add(conformance.duplicateName, {
          span: vrid.span,
          message: say('virtual_router_id {0} is used twice on interface {1}', vrid.text, own),
          related: [{ span: first.span, message: say('first used here') }],
        });
    }
  }
}

function weightsOfOwner(
  checker: Checker,
  statement: Statement,
  report: (at: Statement, message: Message) => void,
): void {
  for (const [list, kind] of [
    ['track_script', 'vrrp_script'],
    ['track_process', 'vrrp_track_process'],
    ['track_bfd', 'bfd_instance'],
  ] as const) {
    for (const each of entriesOf(statement, list)) {
      const at = each.words.findIndex((word) => word.text === 'weight');
      const definition = checker.names.of(kind).get(each.keyword)?.statement;
      if (definition === undefined) continue;
      const weight = at >= 0 ? each.words[at + 1]?.text : settingValue(definition, 'weight')?.text;
      if (weight !== undefined && Number(weight) !== 0)
        report(
          each,
          say('the weight of "{0}" is ignored at priority 255: a failing check never moves the address', each.keyword),
        );
    }
  }
}

import { ipFamily } from '../../base/address';
import { type Message, say } from '../../base/message';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { Checker } from './checker';
import { conformance } from './conformance';
import { Settings } from './settings';

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

/** The blocks that have something to look at when they end. */
const checked = new Set([
  ...Object.keys(required),
  'vrrp_instance',
  'bfd_instance',
  'garp_group',
  'virtual_server_group list',
  'notification_email list',
  'UDP_CHECK',
]);

/** Checks of a whole block. Which lines it needs cannot be said where an included file may hold them. */
export function checkBlockEnd(
  checker: Checker,
  statement: Statement,
  block: string,
  given: Settings | undefined,
): void {
  if (!checked.has(block)) return;
  const head = statement.words[0];
  if (head === undefined || statement.block?.close === undefined) return;
  const missing = (message: Message, at: Word = head, severity?: 'warning') =>
    checker.reporter.add(conformance.missingSetting, { span: at.span, message, ...(severity && { severity }) });
  const settings = given ?? new Settings(statement);
  if (checker.tree.includes.some(({ keywordSpan }) => contains(statement, keywordSpan.start))) return;

  // keepalived notices at the closing brace, except in blocks that it looks at once more after all has been read.
  const atEnd = (message: Message) =>
    checker.reporter.add(conformance.missingSetting, {
      span: statement.block?.close ?? head.span,
      message,
      related: [{ span: head.span, message: say('the block begins here') }],
    });
  for (const keyword of required[block] ?? [])
    if (settings.get(keyword) === undefined) {
      const message = say('"{0}" needs a line "{1}"', head.text, keyword);
      if (block === 'virtual_server' || block === 'vrrp_sync_group') missing(message);
      else atEnd(message);
    }
  switch (block) {
    case 'vrrp_instance':
      instance(checker, settings, head, missing);
      break;
    case 'bfd_instance':
      if (settings.get('neighbor_ip') === undefined && settings.get('neighbour_ip') === undefined)
        atEnd(say('"{0}" needs a line "{1}"', head.text, 'neighbor_ip'));
      else bfdFamilies(checker, settings);
      break;
    case 'virtual_server': {
      const byMark = statement.words[1]?.text === 'fwmark';
      for (const [keyword, other] of [
        ['lb_algo', 'lvs_sched'],
        ['lb_kind', 'lvs_method'],
        ['protocol', 'protocol'],
      ] as const) {
        if (keyword === 'protocol' && byMark) continue;
        if (settings.get(keyword) === undefined && settings.get(other) === undefined)
          missing(say('"{0}" needs a line "{1}"', head.text, keyword), head, 'warning');
      }
      break;
    }
    case 'UDP_CHECK': {
      const least = settings.value('min_reply_length');
      const most = Number(settings.value('max_reply_length')?.text ?? 255);
      if (least !== undefined && Number(least.text) > most)
        checker.bad(
          least,
          say('min_reply_length {0} is above max_reply_length {1}: the check always fails', least.text, most),
        );
      break;
    }
    case 'vrrp_track_process': {
      const most = settings.value('quorum_max');
      const quorum = settings.value('quorum');
      const least = Number(quorum?.text ?? 1);
      // With none allowed the quorum is 0, whatever it was, as long as it was not more than the usual 1.
      const none = most !== undefined && Number(most.text) === 0 && least === 1 && (quorum?.start ?? 0) < most.start;
      if (most !== undefined && Number(most.text) < least && !none)
        checker.bad(most, say('quorum_max {0} is below quorum {1}; keepalived ignores it', most.text, least));
      break;
    }
    case 'garp_group':
      if (settings.get('garp_interval') === undefined && settings.get('gna_interval') === undefined)
        atEnd(say('"{0}" needs garp_interval or gna_interval', head.text));
      break;
    case 'virtual_server_group list':
    case 'notification_email list':
      if (statement.block.statements.length === 0) atEnd(say('"{0}" is empty', head.text));
      break;
  }
}

function bfdFamilies(checker: Checker, settings: Settings): void {
  const source = settings.value('source_ip');
  const own = ipFamily(source?.text ?? '');
  const other = ipFamily((settings.value('neighbor_ip') ?? settings.value('neighbour_ip'))?.text ?? '');
  if (source !== undefined && own !== undefined && other !== undefined && own !== other)
    checker.bad(source, say('the address "{0}" is not of the family of the neighbour', source.text));
}

function instance(
  checker: Checker,
  settings: Settings,
  head: Word,
  missing: (message: Message, at?: Word, severity?: 'warning') => void,
) {
  const name = settings.statement.words[1] ?? head;
  if (settings.get('virtual_router_id') === undefined)
    missing(say('"{0}" needs a line "{1}"', name.text, 'virtual_router_id'), name);
  if (
    settings.get('interface') === undefined &&
    settings.get('unicast_src_ip') === undefined &&
    !checker.globals.hasDefaultInterface
  )
    // keepalived takes eth0, which the machine may have.
    missing(say('"{0}" has no line "interface"; keepalived takes eth0', name.text), name, 'warning');
  const addresses = settings.entries('virtual_ipaddress');
  if (addresses.length === 0 && settings.get('no_virtual_ipaddress') === undefined)
    missing(say('"{0}" has no virtual address', name.text), name, 'warning');
  else if (addresses.length > mostAddresses)
    missing(
      say('an advert holds {0} addresses; "{1}" has {2}', mostAddresses, name.text, addresses.length),
      name,
      'warning',
    );
  if (settings.entries('unicast_peer').length > 0) return;
  const unicast = unicastKeywords.map((each) => settings.get(each)).find((each) => each !== undefined);
  if (unicast?.words[0] !== undefined)
    missing(
      say('"{0}" without peers: keepalived falls back to multicast', unicast.keyword),
      unicast.words[0],
      'warning',
    );
}

const unicastKeywords = ['unicast_peer', 'unicast_src_ip', 'unicast_ttl', 'check_unicast_src', 'old_unicast_checksum'];

/** One byte of an advert counts them (RFC 5798 §5.2.5). */
const mostAddresses = 255;

function contains(statement: Statement, offset: number): boolean {
  const { start, end } = statement.fullSpan;
  return start <= offset && offset < end;
}

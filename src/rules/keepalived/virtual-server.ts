import { ipFamily } from '../../base/address';
import { type Message, say } from '../../base/message';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { RuleInfo } from '../rule';
import type { Checker } from './checker';
import { conformance } from './conformance';
import { conflictingSettings } from './instance';
import { Settings } from './settings';
import { isOlder } from './values';

export const realServerPort: RuleInfo = {
  id: 'keepalived/real-server-port',
  severity: 'warning',
  summary: 'A real server has a port that the forwarding method cannot use.',
};

const flagsOf: Readonly<Record<string, string>> = {
  'sh-port': 'sh',
  'sh-fallback': 'sh',
  'mh-port': 'mh',
  'mh-fallback': 'mh',
  hashed: 'sh',
};

/** What keepalived changes in a virtual server once it has read all of it (`validate_check_config` in keepalived/check/check_data.c). */
export function checkVirtualServer(checker: Checker, settings: Settings): void {
  const { statement } = settings;
  const [head, first, second] = statement.words;
  if (head === undefined || first === undefined) return;
  const kind = first.text === 'fwmark' ? 'mark' : first.text === 'group' ? 'group' : 'address';
  const report = (at: Word | undefined, message: Message) => {
    if (at !== undefined) checker.reporter.add(conflictingSettings, { span: at.span, message });
  };
  const servers = settings.statement.block?.statements.filter((each) => each.keyword === 'real_server') ?? [];
  const port = kind === 'address' ? Number(second?.text ?? 0) : undefined;
  const protocol = settings.value('protocol');

  if (kind === 'mark' && protocol !== undefined)
    report(
      settings.get('protocol')?.words[0],
      say('a virtual server by fwmark has no protocol; keepalived ignores it'),
    );
  const portless = port === 0 || (kind === 'group' && second !== undefined && hasPortless(checker, second.text));
  if (portless && settings.get('persistence_timeout') === undefined)
    report(first, say('without a port a virtual server must be persistent; keepalived sets persistence_timeout'));
  if (settings.get('ops') !== undefined && protocol !== undefined && protocol.text.toUpperCase() !== 'UDP')
    report(settings.get('ops')?.words[0], say('one-packet scheduling needs protocol UDP'));
  schedulerFlags(settings, report);
  sorryServer(settings, report);
  const family = kind === 'address' ? ipFamily(first.text) : undefined;
  const stated = settings.value('ip_family');
  if (family !== undefined && stated !== undefined && stated.text !== (family === 6 ? 'inet6' : 'inet'))
    report(stated, say('the virtual server has an address of the other family, so {0} is ignored', stated.text));
  const granularity = settings.value('persistence_granularity');
  if (family === 4 && granularity?.text.includes('+'))
    checker.bad(granularity, say('"{0}" is not a netmask or prefix length', granularity.text));
  for (const server of servers) checkAddresses(checker, server, server.words[1]);
  if (port !== undefined) ports(checker, settings, servers, kind, port);
  else if (kind === 'mark') ports(checker, settings, servers, kind, 0);
  quorum(settings, servers, report);
  families(checker, kind === 'address' ? first : undefined, settings, servers);
  duplicates(checker, servers);
}

/** Whether the group has an address without a port. */
function hasPortless(checker: Checker, name: string): boolean {
  const group = checker.names.of('virtual_server_group').get(name)?.statement;
  return (
    group?.block?.statements.some(
      ({ words: [address, port] }) =>
        address !== undefined && ipFamily(address.text) !== undefined && Number(port?.text ?? 0) === 0,
    ) === true
  );
}

function schedulerFlags(settings: Settings, report: (at: Word | undefined, message: Message) => void): void {
  const scheduler = settings.value('lb_algo') ?? settings.value('lvs_sched');
  for (const [flag, wanted] of Object.entries(flagsOf)) {
    const at = settings.get(flag)?.words[0];
    if (at !== undefined && scheduler?.text !== wanted)
      report(at, say('"{0}" is for the scheduler {1} only; keepalived ignores it', flag, wanted));
  }
}

/** Only NAT rewrites ports; with the other methods a packet keeps the one it came with. */
function ports(
  checker: Checker,
  settings: Settings,
  servers: readonly Statement[],
  kind: 'mark' | 'group' | 'address',
  port: number,
): void {
  const method = (settings.value('lb_kind') ?? settings.value('lvs_method'))?.text;
  if (method === undefined || method === 'NAT') return;
  const sorry = settings.get('sorry_server');
  const targets = [...servers.map((each) => each.words[2]), sorry?.words[2]];
  for (const each of targets) {
    const own = Number(each?.text ?? Number.NaN);
    if (each === undefined || Number.isNaN(own) || own === 0 || own === port) continue;
    const message =
      kind === 'mark'
        ? say('with {0} packets keep their port, so "{1}" is ignored here', method, each.text)
        : say('with {0} packets keep their port: {1} is replaced by {2}', method, each.text, port);
    checker.reporter.add(realServerPort, { span: each.span, message });
  }
}

/** What is said of a sorry server counts only behind the line that names it. */
function sorryServer(settings: Settings, report: (at: Word | undefined, message: Message) => void): void {
  const sorry = settings.statement.block?.statements.find((each) => each.keyword === 'sorry_server');
  for (const keyword of ['sorry_server_inhibit', 'sorry_server_lvs_method']) {
    const line = settings.get(keyword);
    if (line !== undefined && (sorry === undefined || sorry.span.start > line.span.start))
      report(line.words[0], say('"{0}" is ignored before "{1}"', keyword, 'sorry_server'));
  }
}

/** The addresses of the checks of a real server (`dump_checker_opts` and its like in keepalived/check/check_api.c). */
function checkAddresses(checker: Checker, statement: Statement, server: Word | undefined, isSaid = false): void {
  for (const check of statement.block?.statements ?? []) {
    if (check.block === undefined) continue;
    const settings = new Settings(check);
    const target = settings.value('connect_ip') ?? server;
    const source = settings.value('bindto');
    const family = ipFamily(target?.text ?? '');
    const own = ipFamily(source?.text ?? '');
    // Those of an SMTP check are looked at in its hosts.
    const isLookedAt = check.keyword !== 'SMTP_CHECK';
    const given = settings.value('connect_ip');
    if (isLookedAt && source !== undefined && family !== undefined && own !== undefined && family !== own) {
      const message = say('the address "{0}" is not of the family of the address that is checked', source.text);
      // From 2.3 on a host of an SMTP check is compared with what the check says, and no longer with the real server.
      const isServer = check.keyword === 'host' && target === server && !isSaid;
      if (isServer && !isOlder(checker.version, [2, 2, 8]))
        checker.reporter.add(conformance.badAddress, { span: source.span, severity: 'warning', message });
      else checker.bad(source, message);
    }
    if (given !== undefined && /^fe[89ab]/i.test(given.text) && family === 6 && settings.get('bind_if') === undefined)
      checker.bad(given, say('the link-local address "{0}" needs an interface: add "bind_if"', given.text));
    checkAddresses(checker, check, target, given !== undefined);
  }
}

function quorum(
  settings: Settings,
  servers: readonly Statement[],
  report: (at: Word | undefined, message: Message) => void,
): void {
  const wanted = settings.value('quorum');
  const hysteresis = settings.value('hysteresis');
  const own = Number(wanted?.text ?? 1);
  if (servers.length > 0 && Number.isInteger(own)) {
    const fallback = Number(settings.value('weight')?.text ?? 1);
    const total = servers.reduce((sum, each) => sum + weightOf(each, fallback), 0);
    if (Number.isInteger(total) && own > total)
      report(
        wanted ?? settings.statement.words[0],
        say('quorum {0} is above the weight of all real servers, {1}; keepalived lowers it', own, total),
      );
  }
  if (hysteresis !== undefined && Number(hysteresis.text) >= own)
    report(hysteresis, say('hysteresis {0} must be below the quorum, {1}', hysteresis.text, own));
}

function weightOf(server: Statement, fallback: number): number {
  const own = server.block?.statements.findLast((each) => each.keyword === 'weight')?.words[1]?.text;
  return own === undefined ? fallback : Number(own);
}

function families(
  checker: Checker,
  address: Word | undefined,
  settings: Settings,
  servers: readonly Statement[],
): void {
  const family = address === undefined ? undefined : ipFamily(address.text);
  // Only tunnels carry one family inside of the other.
  if (family === undefined || settings.value('lb_kind')?.text === 'TUN') return;
  for (const server of [...servers.map((each) => each.words[1]), settings.value('sorry_server')]) {
    const own = server === undefined ? undefined : ipFamily(server.text);
    if (server === undefined || own === undefined || own === family) continue;
    checker.reporter.add(conformance.badAddress, {
      span: server.span,
      message: say('"{0}" is not of the family of the virtual server; keepalived skips it', server.text),
    });
  }
}

function duplicates(checker: Checker, servers: readonly Statement[]): void {
  const seen = new Map<string, Word>();
  for (const { words } of servers) {
    const [, address, port] = words;
    if (address === undefined) continue;
    const key = `${address.text} ${port?.text ?? '0'}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, address);
    else
      checker.reporter.add(conformance.duplicateName, {
        span: address.span,
        severity: 'warning',
        message: say('this real server is listed already; keepalived removes the second one'),
        related: [{ span: first.span, message: say('first defined here') }],
      });
  }
}

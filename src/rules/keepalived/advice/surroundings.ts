import { say } from '../../../base/message';
import type { Statement, Word } from '../../../syntax/keepalived/tree';
import type { RuleInfo } from '../../rule';
import type { Checker } from '../checker';
import type { ItemNotes } from '../item-check';
import type { Reporter } from '../reporter';
import { isOn, Settings } from '../settings';
import { removal } from './instance';

export const surroundingsAdvice = {
  strictDropsTraffic: {
    id: 'keepalived/strict-drops-traffic',
    severity: 'warning',
    summary: 'Strict mode drops every packet to a virtual address on a node that is not its owner.',
  },
  cloudMulticast: {
    id: 'keepalived/multicast-in-cloud',
    severity: 'warning',
    summary: 'An instance whose scripts speak to a cloud sends adverts by multicast, which clouds do not carry.',
  },
  onLoopback: {
    id: 'keepalived/address-on-loopback',
    severity: 'info',
    summary: 'A virtual address is put on a loopback or dummy interface, where no takeover is announced.',
  },
  directRoutingArp: {
    id: 'keepalived/direct-routing-arp',
    severity: 'hint',
    summary: 'With direct routing every real server has the virtual address, and must not answer ARP for it.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;

interface Instance {
  readonly statement: Statement;
  /** Its own line of `strict_mode`. */
  readonly strictMode: Statement | undefined;
}

/**
 * The owner accepts, everybody else only with `accept`, which version 3 alone has in strict mode
 * (`vrrp_complete_instance` in keepalived/vrrp/vrrp.c); the rest is dropped by a firewall rule.
 */
export function adviseStrict(
  instances: readonly Instance[],
  globals: readonly Settings[],
  text: string,
  reporter: Reporter,
): void {
  const everywhere = globals.map((each) => each.get('vrrp_strict')).findLast((each) => each !== undefined);
  for (const { statement, strictMode: own } of instances) {
    const line = own ?? everywhere;
    if (line === undefined || !isOn(line)) continue;
    const settings = new Settings(statement);
    if (isOn(settings.get('accept'))) continue;
    if (settings.value('priority')?.text === '255' || settings.entries('virtual_ipaddress').length === 0) continue;
    reporter.add(surroundingsAdvice.strictDropsTraffic, {
      span: line.span,
      message: say(
        '"{0}" gets its address, but strict mode drops what is sent to it unless the priority is 255: remove {1}',
        statement.words[1]?.text ?? '',
        line.keyword,
      ),
      related: [{ span: statement.words[1]?.span ?? statement.span, message: say('the instance is here') }],
      fixes: removal({ text }, line, say('Remove {0}', line.keyword)),
    });
    if (own === undefined) return;
  }
}

/** Programs that move an address by asking a cloud, and the address where every cloud answers its machines. */
const cloud =
  /(?:^|[\s'"/;&|(])(?:aws\s+ec2|gcloud\s+compute|az\s+network|hcloud\s|doctl\s|openstack\s+(?:port|server|floating)|exo\s+compute)|169\.254\.169\.254/;

/** No cloud network carries multicast between machines; keepalived then makes every node a master. */
export function adviseCloud(checker: Checker, settings: Settings): void {
  if (settings.get('unicast_peer') !== undefined) return;
  for (const line of settings.statement.block?.statements ?? []) {
    if (!line.keyword.startsWith('notify')) continue;
    const found = cloud.exec(line.words.map((each) => each.text).join(' '))?.[0].trim();
    const place = settings.statement.words[1];
    if (found === undefined || place === undefined) continue;
    checker.reporter.add(surroundingsAdvice.cloudMulticast, {
      span: place.span,
      message: say(
        '"{0}" belongs to a cloud, whose network carries no multicast: every node would hold the address; set unicast_src_ip and unicast_peer',
        found,
      ),
      related: [{ span: line.span, message: say('because of this') }],
    });
    return;
  }
}

/** An address on such an interface is announced by a routing daemon or by nobody. */
export function adviseDevice(checker: Checker, settings: Settings): void {
  for (const list of ['virtual_ipaddress', 'virtual_ipaddress_excluded']) {
    for (const { words } of settings.entries(list)) {
      if (words.length < 3) continue;
      const device = words[words.findIndex((each) => each.text === 'dev') + 1];
      if (device === undefined || !/^(?:lo|dummy\d+)$/.test(device.text) || words[0] === undefined) continue;
      if (words.some((each) => each.text === 'scope' || each.text === 'home')) continue;
      checker.reporter.add(surroundingsAdvice.onLoopback, {
        span: device.span,
        message: say(
          'on {0} nobody is told when "{1}" moves: leave "dev" out, unless a routing daemon announces the address',
          device.text,
          words[0].text,
        ),
      });
      return;
    }
  }
}

/** The word `DR` of a virtual server with real servers. */
export function directRoutingOf(settings: Settings): Word | undefined {
  const method = settings.value('lb_kind') ?? settings.value('lvs_method');
  return method?.text === 'DR' && settings.get('real_server') !== undefined ? method : undefined;
}

/**
 * Real servers get packets for an address that is also theirs (`lb_kind DR`), so they have to keep quiet about it. What they
 * are told does not stand in any file here, so it is said once, not for each virtual server.
 */
export function adviseDirectRouting(checks: readonly Pick<ItemNotes, 'directRouting'>[], reporter: Reporter): void {
  const method = checks.find((each) => each.directRouting !== undefined)?.directRouting;
  if (method === undefined) return;
  reporter.add(surroundingsAdvice.directRoutingArp, {
    span: method.span,
    message: say(
      'every real server needs the virtual address on lo, and net.ipv4.conf.all.arp_ignore=1 and arp_announce=2, or it answers for the address itself',
    ),
  });
}

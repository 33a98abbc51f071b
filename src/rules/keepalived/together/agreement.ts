import { sameIp } from '../../../base/address';
import { related } from '../../../base/finding';
import { type Message, say } from '../../../base/message';
import { lastWithin, within } from '../../../model/keepalived/analysis';
import { type Fleet, fileOf, type Machine, type Member, type VirtualRouter } from '../../../model/vrrp/fleet';
import { ownerPriority } from '../../../model/vrrp/node';
import type { Statement } from '../../../syntax/keepalived/tree';
import { rule } from '../../rule';
import { at, fixOf, settingOf, settingPlace, unequal, valueEdit } from './places';

const otherValue = () => say('the other value is here');

/** Whether any two members would take each other's adverts for a router of their own: the same id and family. */
function pairsAlike({ members }: VirtualRouter): VirtualRouter {
  const [first] = members;
  return { members: members.filter((each) => each.instance.vrid === first?.instance.vrid) };
}

const authDiffers = rule<Fleet>({
  id: 'keepalived/auth-differs',
  severity: 'error',
  summary: 'The nodes of one virtual router have different passwords, so each throws the adverts of the other away.',

  *check({ routers }) {
    for (const router of routers.map(pairsAlike)) {
      for (const [member, other] of unequal(router, (each) => each.instance.auth ?? '')) {
        const own = password(member);
        const theirs = password(other);
        const wanted = other.instance.auth === undefined ? undefined : theirs?.words[1];
        const word = own?.words[1];
        const [kind, otherKind] = [member, other].map((each) => authLine(each, 'auth_type')?.words[1]);
        const isOfType = kind !== undefined && otherKind !== undefined && kind.text !== otherKind.text;
        if (isOfType) {
          yield {
            ...at(member, kind),
            message: say(
              'auth_type is {0} here and {1} on {2}: each refuses the adverts of the other and both hold the address',
              kind.text,
              otherKind.text,
              other.machine.name,
            ),
            related: [related(at(other, otherKind), otherValue())],
          };
          continue;
        }
        yield {
          ...at(member, word ?? member.statement.words[1]),
          message: authMessage(member, other),
          related: [related(at(other, theirs?.words[1] ?? other.statement.words[1]), otherValue())],
          fixes:
            wanted === undefined || word === undefined || word.replaced || wanted.replaced
              ? []
              : fixOf(say('Take the password of {0}', other.machine.name), [
                  { ...at(member, word), newText: wanted.quoted ? `"${wanted.text}"` : wanted.text },
                ]),
        };
      }
    }
  },
});

function authMessage({ instance }: Member, other: Member): Message {
  const { name } = other.machine;
  if (instance.auth === undefined)
    return say(
      '{0} has a password and this node none: each throws the adverts of the other away and both hold the address',
      name,
    );
  if (other.instance.auth === undefined)
    return say(
      'this node has a password and {0} none: each throws the adverts of the other away and both hold the address',
      name,
    );
  return say('the first 8 bytes of the password are not those of {0}: both hold the address at once', name);
}

function password(member: Member): Statement | undefined {
  return authLine(member, 'auth_pass');
}

function authLine(member: Member, keyword: 'auth_type' | 'auth_pass'): Statement | undefined {
  return within(member.statement, 'authentication')
    .map((each) => lastWithin(each, keyword))
    .findLast((each) => each !== undefined);
}

const advertIntervalDiffers = rule<Fleet>({
  id: 'keepalived/advert-int-differs',
  severity: 'error',
  summary:
    'The nodes of one virtual router send adverts at different intervals; VRRP version 2 refuses those of the other.',

  *check({ routers }) {
    for (const router of routers.map(pairsAlike)) {
      const isOld = router.members.every((each) => each.instance.version === 2);
      for (const [member, other] of unequal(router, (each) => each.instance.advertUs)) {
        if (member.instance.version !== other.instance.version) continue;
        const [own, theirs] = [member.instance.advertUs / 1e6, other.instance.advertUs / 1e6];
        const edit = valueEdit(member, 'advert_int', String(theirs));
        yield {
          ...settingPlace(member, 'advert_int'),
          severity: isOld ? 'error' : 'info',
          message: isOld
            ? say(
                'advert_int is {0} s here and {1} s on {2}: each refuses the adverts of the other and both hold the address',
                own,
                theirs,
                other.machine.name,
              )
            : say(
                'advert_int is {0} s here and {1} s on {2}: how fast the address moves depends on who holds it',
                own,
                theirs,
                other.machine.name,
              ),
          related: [related(settingPlace(other, 'advert_int'), otherValue())],
          fixes: fixOf(say('Change {0} to "{1}"', 'advert_int', theirs), [edit]),
        };
      }
    }
  },
});

const versionDiffers = rule<Fleet>({
  id: 'keepalived/version-differs',
  severity: 'error',
  summary: 'The nodes of one virtual router speak different versions of VRRP and do not understand each other.',

  *check({ routers }) {
    for (const router of routers.map(pairsAlike)) {
      for (const [member, other] of unequal(router, (each) => each.instance.version)) {
        const [own, theirs] = [member.instance.version, other.instance.version];
        yield {
          ...settingPlace(member, 'version'),
          message: say(
            'VRRP version {0} here and {1} on {2}: neither takes the adverts of the other and both hold the address',
            own,
            theirs,
            other.machine.name,
          ),
          related: [related(settingPlace(other, 'version'), otherValue())],
          fixes: fixOf(say('Change {0} to "{1}"', 'version', theirs), [valueEdit(member, 'version', String(theirs))]),
        };
      }
    }
  },
});

const excludedDiffer = rule<Fleet>({
  id: 'keepalived/excluded-addresses-differ',
  severity: 'warning',
  summary: 'Addresses that adverts do not carry are not the same on all nodes, so some are gone after a takeover.',

  *check({ routers }) {
    for (const { members } of routers) {
      for (const member of members) {
        for (const other of members) {
          if (other.machine === member.machine) continue;
          const missing = member.instance.excludedAddresses.find(
            (each) => !other.instance.excludedAddresses.some((one) => sameIp(one, each)),
          );
          if (missing === undefined) continue;
          const word = within(member.statement, 'virtual_ipaddress_excluded')
            .flatMap((each) => each.block?.statements ?? [])
            .find((each) => each.keyword.split('/')[0] === missing)?.words[0];
          yield {
            ...at(member, word ?? member.statement.words[1]),
            message: say(
              '"{0}" is not on {1}: it is gone when that node takes over, and nothing says so',
              missing,
              other.machine.name,
            ),
            related: [related(at(other, other.statement.words[1]), say('the other node is here'))],
          };
          break;
        }
      }
    }
  },
});

const nopreemptDiffers = rule<Fleet>({
  id: 'keepalived/nopreempt-differs',
  severity: 'warning',
  summary:
    'Only some nodes of a virtual router have `nopreempt`: whether the address goes back depends on where it is.',

  *check({ routers }) {
    for (const router of routers) {
      const { members } = router;
      const best = members.reduce((a, b) => (b.instance.basePriority > a.instance.basePriority ? b : a));
      const written = (member: Member) => settingOf(member, 'nopreempt') !== undefined;
      for (const [member, other] of unequal(router, written)) {
        const line = settingOf(member, 'nopreempt');
        // Of two nodes only the better one can preempt, so it alone needs the line.
        if (line === undefined || (members.length === 2 && member === best)) continue;
        yield {
          ...at(member, line.words[0]),
          message: say(
            'nopreempt is here and not on {0}: whether the address goes back depends on which node holds it',
            other.machine.name,
          ),
          related: [related(at(other, other.statement.words[1]), say('the other node is here'))],
        };
      }
    }
  },
});

const timings = ['preempt_delay', 'down_timer_adverts', 'garp_master_delay', 'garp_master_refresh'];

const timingDiffers = rule<Fleet>({
  id: 'keepalived/timing-differs',
  severity: 'warning',
  summary:
    'Nodes of one virtual router have different delays, so a failover takes longer in one direction than in the other.',

  *check({ routers }) {
    for (const router of routers) {
      for (const keyword of timings) {
        for (const [member, other] of unequal(router, (each) => settingOf(each, keyword)?.words[1]?.text ?? '')) {
          const own = settingOf(member, keyword)?.words[1];
          if (own === undefined) continue;
          const theirs = settingOf(other, keyword)?.words[1];
          yield {
            ...at(member, own),
            message:
              theirs === undefined
                ? say(
                    '{0} is {1} here and not set on {2}: a failover takes another time in one direction than in the other',
                    keyword,
                    own.text,
                    other.machine.name,
                  )
                : say(
                    '{0} is {1} here and {2} on {3}: a failover takes another time in one direction than in the other',
                    keyword,
                    own.text,
                    theirs.text,
                    other.machine.name,
                  ),
            related: [related(settingPlace(other, keyword), otherValue())],
            fixes:
              theirs === undefined || own.replaced
                ? []
                : fixOf(say('Change {0} to "{1}"', keyword, theirs.text), [
                    { ...at(member, own), newText: theirs.text },
                  ]),
          };
        }
      }
    }
  },
});

const severalOwners = rule<Fleet>({
  id: 'keepalived/several-owners',
  severity: 'error',
  summary: 'More than one node of a virtual router has priority 255, the one of the owner of its addresses.',

  *check({ routers }) {
    for (const { members } of routers) {
      const owners = members.filter((each) => each.instance.basePriority === ownerPriority);
      const [first] = owners;
      if (owners.length < 2) continue;
      for (const member of owners) {
        const other = member === first ? owners[1] : first;
        if (other === undefined || other.machine === member.machine) continue;
        yield {
          ...settingPlace(member, 'priority'),
          message:
            settingOf(member, 'priority') === undefined
              ? say(
                  'state MASTER without a priority means 255, and {0} has that too: give each node its own below 255',
                  other.machine.name,
                )
              : say(
                  '{0} has priority 255 too: both step down to 254 and log errors; give each node its own below 255',
                  other.machine.name,
                ),
          related: [related(settingPlace(other, 'priority'), otherValue())],
        };
      }
    }
  },
});

const severalMasters = rule<Fleet>({
  id: 'keepalived/several-masters',
  severity: 'hint',
  summary: 'More than one node has `state MASTER`; the priority alone decides, so it only misleads who reads it.',

  *check({ routers }) {
    for (const { members } of routers) {
      const masters = members.filter((each) => settingOf(each, 'state')?.words[1]?.text === 'MASTER');
      if (new Set(masters.map((each) => each.machine)).size < 2) continue;
      const best = masters.reduce((a, b) => (b.instance.basePriority > a.instance.basePriority ? b : a));
      for (const member of masters) {
        const word = settingOf(member, 'state')?.words[1];
        if (member === best || word === undefined) continue;
        yield {
          ...at(member, word),
          message: say(
            '{0} is MASTER too; the priority decides, so BACKUP says better what this node is',
            best.machine.name,
          ),
          related: [related(settingPlace(best, 'state'), otherValue())],
          fixes:
            word.replaced || settingOf(member, 'priority') === undefined
              ? []
              : fixOf(say('Change to "{0}"', 'BACKUP'), [{ ...at(member, word), newText: 'BACKUP' }]),
        };
      }
    }
  },
});

/** A setting of the whole daemon. */
function globalSetting(machine: Machine, keyword: string): Statement | undefined {
  return machine.statements
    .filter((statement) => statement.keyword === 'global_defs')
    .map((statement) => lastWithin(statement, keyword))
    .findLast((each) => each !== undefined);
}

const routerNameTaken = rule<Fleet>({
  id: 'keepalived/router-id-taken',
  severity: 'info',
  summary: 'Two nodes have the same `router_id`, so mails and SNMP do not tell which one speaks.',

  *check({ machines }) {
    for (const machine of machines) {
      const own = globalSetting(machine, 'router_id')?.words[1];
      if (own === undefined || own.replaced) continue;
      for (const other of machines) {
        const theirs = globalSetting(other, 'router_id')?.words[1];
        if (other.path === machine.path || theirs?.text !== own.text) continue;
        yield {
          path: fileOf(machine, own.item)?.path ?? machine.path,
          span: own.span,
          message: say('{0} has router_id "{1}" too: mails and SNMP do not tell the nodes apart', other.name, own.text),
          related: [related({ path: fileOf(other, theirs.item)?.path ?? other.path, span: theirs.span }, otherValue())],
        };
        break;
      }
    }
  },
});

const sourceAddressTaken = rule<Fleet>({
  id: 'keepalived/source-address-taken',
  severity: 'error',
  summary: 'Two nodes send from the same `unicast_src_ip`: one of the files was copied.',

  *check({ routers }) {
    for (const { members } of routers) {
      for (const member of members) {
        const own = settingOf(member, 'unicast_src_ip')?.words[1];
        if (own === undefined) continue;
        const other = members.find((each) => {
          const theirs = settingOf(each, 'unicast_src_ip')?.words[1];
          return each.machine.path !== member.machine.path && theirs !== undefined && sameIp(theirs.text, own.text);
        });
        if (other === undefined) continue;
        yield {
          ...at(member, own),
          message: say('{0} sends from "{1}" too: each node needs its own address here', other.machine.name, own.text),
          related: [related(settingPlace(other, 'unicast_src_ip'), otherValue())],
        };
      }
    }
  },
});

const vridTaken = rule<Fleet>({
  id: 'keepalived/virtual-router-id-taken',
  severity: 'warning',
  summary: 'Two virtual routers of one cluster have the same id: in one network each gets the adverts of the other.',

  *check({ routers }) {
    const keyOf = ({ instance }: Member) => `${instance.vrid} ${instance.family} ${instance.interface}`;
    const all = routers.flatMap((router) =>
      router.members.flatMap((member) => (member.instance.unicastPeers === undefined ? [{ router, member }] : [])),
    );
    const alike = new Map<string, typeof all>();
    for (const each of all) alike.set(keyOf(each.member), [...(alike.get(keyOf(each.member)) ?? []), each]);
    const told = new Set<Member>();
    for (const { router, member } of all) {
      const rival = alike
        .get(keyOf(member))
        ?.find((each) => each.router !== router && each.member.machine !== member.machine);
      if (rival === undefined || told.has(member)) continue;
      told.add(member);
      yield {
        ...settingPlace(member, 'virtual_router_id'),
        message: say(
          '"{0}" on {1} has id {2} too: in one network each gets the adverts of the other; use a free one',
          rival.member.instance.name,
          rival.member.machine.name,
          member.instance.vrid,
        ),
        related: [related(settingPlace(rival.member, 'virtual_router_id'), otherValue())],
      };
    }
  },
});

const groupOrderDiffers = rule<Fleet>({
  id: 'keepalived/sync-group-order-differs',
  severity: 'warning',
  summary: 'The members of a sync group prefer different nodes: one member wants the address here, another one there.',

  *check({ routers }) {
    const preferred = new Map<Member, Machine>();
    for (const { members } of routers) {
      const best = members.reduce((a, b) => (b.instance.basePriority > a.instance.basePriority ? b : a));
      for (const member of members) preferred.set(member, best.machine);
    }
    const all = [...preferred.keys()];
    for (const member of all) {
      const { group } = member.instance;
      if (group === undefined) continue;
      const fellow = all.find(
        (each) =>
          each.machine === member.machine &&
          each.instance.group === group &&
          preferred.get(each) !== preferred.get(member),
      );
      if (fellow === undefined) continue;
      yield {
        ...settingPlace(member, 'priority'),
        message: say(
          '{0} is first for "{1}" and {2} for "{3}" of the same sync group: give the members the same order on every node',
          preferred.get(member)?.name ?? '',
          member.instance.name,
          preferred.get(fellow)?.name ?? '',
          fellow.instance.name,
        ),
        related: [related(settingPlace(fellow, 'priority'), say('the other member is here'))],
      };
    }
  },
});

export const agreementRules = [
  authDiffers,
  advertIntervalDiffers,
  versionDiffers,
  excludedDiffer,
  nopreemptDiffers,
  timingDiffers,
  severalOwners,
  severalMasters,
  routerNameTaken,
  sourceAddressTaken,
  vridTaken,
  groupOrderDiffers,
];

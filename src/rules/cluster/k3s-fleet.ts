import { contains, parseCidr } from '../../base/address';
import { type Finding, placeOf, related, type Severity, startOf } from '../../base/finding';
import { type Message, say } from '../../base/message';
import { alikeSettings, criticalSettings, ownSettings } from '../../catalog/k3s-fleet';
import {
  type ClusterModel,
  identitiesOf,
  type K3sNode,
  keyPlace,
  named,
  settingList,
  settingPlace,
  settingText,
} from '../../model/cluster/cluster-model';
import { isCaHash, isCertificateKey, isJoinToken } from '../../model/cluster/join-secrets';
import { isPlaceholder, type Located } from '../../model/cluster/located';
import { isSlip } from '../../model/cluster/slips';
import { rule } from '../rule';
import { connections } from './endpoint';
import { additionTo } from './vip-not-in-tls-san';

const serversOf = (model: ClusterModel) => model.k3s.filter((node) => node.role === 'server');

/** A setting as one text, or what k3s takes when it is not set. */
function valueIn(node: K3sNode, key: string): string {
  const setting = node.facts.settings.get(key);
  return setting === undefined ? (criticalSettings.get(key) ?? '') : setting.values.map((each) => each.value).join(',');
}

/**
 * The servers whose value of `key` is not that of the most, each with one that has it. With a tie the first server's
 * value counts as the common one, because the first server made the cluster.
 */
function strangers(
  servers: readonly K3sNode[],
  key: string,
): readonly { readonly odd: K3sNode; readonly common: K3sNode }[] {
  const count = new Map<string, number>();
  for (const server of servers) count.set(valueIn(server, key), (count.get(valueIn(server, key)) ?? 0) + 1);
  if (count.size < 2) return [];
  const most = Math.max(...count.values());
  const common = servers.find((server) => count.get(valueIn(server, key)) === most);
  if (common === undefined) return [];
  return servers.filter((server) => valueIn(server, key) !== valueIn(common, key)).map((odd) => ({ odd, common }));
}

const criticalValueDiffers = rule<ClusterModel>({
  id: 'cluster/critical-value-differs',
  severity: 'error',
  summary: 'A setting that k3s compares when a server joins is not the same on all servers.',

  *check(model) {
    const servers = serversOf(model);
    for (const key of criticalSettings.keys()) {
      for (const { odd, common } of strangers(servers, key)) {
        const wanted = valueIn(common, key);
        const place = settingPlace(odd, key);
        const only = odd.facts.settings.get(key)?.values;
        yield {
          ...place,
          message: say(
            '{0} is "{1}" here and "{2}" on {3}: a server with another value is refused when it joins',
            key,
            valueIn(odd, key),
            wanted,
            common.label,
          ),
          related: [related(settingPlace(common, key), say('the other value is here'))],
          ...(only?.length === 1 &&
          only[0] !== undefined &&
          wanted !== '' &&
          !wanted.includes(',') &&
          !wouldOverlap(odd, key, wanted)
            ? {
                fixes: [
                  {
                    title: say('Change {0} to "{1}"', key, wanted),
                    edits: [{ path: odd.facts.path, span: only[0].span, newText: wanted }],
                    confidence: 'review' as const,
                  },
                ],
              }
            : {}),
        };
      }
    }
  },
});

/** Whether a network would be in the way of the other one of the server, so that the two have to be changed together. */
function wouldOverlap(server: K3sNode, key: string, network: string): boolean {
  const other = { 'cluster-cidr': 'service-cidr', 'service-cidr': 'cluster-cidr' }[key];
  const wanted = parseCidr(network);
  if (other === undefined || wanted === undefined) return false;
  return valueIn(server, other)
    .split(',')
    .some((each) => {
      const cidr = parseCidr(each);
      return cidr !== undefined && (contains(cidr, wanted.address) || contains(wanted, cidr.address));
    });
}

const serversDiffer = rule<ClusterModel>({
  id: 'cluster/servers-differ',
  severity: 'hint',
  summary: 'A setting is not the same on all servers, although nothing about it belongs to one node.',

  *check(model) {
    yield* oddRelease(model);
    const servers = serversOf(model);
    const keys = new Set(servers.flatMap((server) => [...server.facts.settings.keys()]));
    for (const key of keys) {
      if (ownSettings.has(key) || criticalSettings.has(key) || alikeSettings.includes(key)) continue;
      for (const { odd, common } of strangers(servers, key)) {
        yield {
          ...settingPlace(odd, key),
          message: say(
            '{0} is not what it is on {1}; after a failover the cluster behaves differently',
            key,
            common.label,
          ),
          related: [related(settingPlace(common, key), say('the other value is here'))],
        };
      }
    }
  },
});

/** The one node whose installer is told another release than at least two others, which are at one. */
function* oddRelease({ k3s }: ClusterModel): Iterable<Finding> {
  const all = [...new Set(k3s.flatMap(({ facts }) => facts.installs ?? []))];
  for (const each of all) {
    const others = all.filter((other) => other !== each);
    const [common] = others;
    if (common === undefined || others.length < 2 || each.value === common.value) continue;
    if (others.some((other) => other.value !== common.value)) continue;
    yield {
      ...placeOf(each),
      message: say('k3s {0} here, and {1} on all other nodes', each.value, common.value),
      related: [related(common, say('the other value is here'))],
    };
  }
}

const alikeDiffers = rule<ClusterModel>({
  id: 'cluster/server-flag-differs',
  severity: 'warning',
  summary: 'A setting that must be the same on all servers differs, and k3s does not notice.',

  *check(model) {
    for (const key of alikeSettings) {
      for (const { odd, common } of strangers(serversOf(model), key)) {
        yield {
          ...settingPlace(odd, key),
          message: say('{0} differs from that of {1}; all servers need the same', key, common.label),
          related: [related(settingPlace(common, key), say('the other value is here'))],
        };
      }
    }
  },
});

const twoClusterInits = rule<ClusterModel>({
  id: 'cluster/two-cluster-inits',
  severity: 'error',
  summary: 'More than one server has `cluster-init`, so each starts a cluster of its own.',

  *check(model) {
    const [first, ...others] = serversOf(model).filter(
      (server) =>
        /^(true|1|t)$/i.test(settingText(server, 'cluster-init') ?? '') && !server.facts.settings.has('server'),
    );
    if (first === undefined) return;
    for (const each of others) {
      if (each.facts.path === first.facts.path) continue;
      yield {
        ...settingPlace(each, 'cluster-init'),
        message: say(
          '{0} has cluster-init as well: at first start each of them makes a cluster of its own',
          first.label,
        ),
        related: [related(settingPlace(first, 'cluster-init'), say('the first one is here'))],
      };
    }
  },
});

const separateServer = rule<ClusterModel>({
  id: 'cluster/separate-server',
  severity: 'error',
  summary: 'A server neither makes nor joins the cluster, so it starts alone with a database of its own.',

  *check(model) {
    const servers = serversOf(model);
    if (servers.length < 2) return;
    const has = (server: K3sNode, key: string) => server.facts.settings.has(key);
    const alone = servers.filter(
      (server) => !has(server, 'server') && !has(server, 'cluster-init') && !has(server, 'datastore-endpoint'),
    );
    const others = servers.filter((server) => !alone.includes(server));
    const founder = others.find((server) => has(server, 'cluster-init') || has(server, 'datastore-endpoint'));
    // One server without any of the three may have made the cluster long ago; etcd on its disk decides then.
    if (alone.length < 2 && founder === undefined) return;
    for (const each of alone) {
      const other = founder ?? servers.find((server) => server !== each);
      if (other === undefined) continue;
      yield {
        ...startOf(each.facts.path),
        message: say(
          '{0} has neither server, cluster-init nor datastore-endpoint: it starts a cluster of its own',
          each.label,
        ),
        related: [related(startOf(other.facts.path), say('the other server is here'))],
      };
    }
  },
});

const noFounder = rule<ClusterModel>({
  id: 'cluster/no-founder',
  severity: 'hint',
  summary: 'Servers join, but no file says which one makes the cluster: a first start from these files fails.',

  *check(model) {
    const servers = serversOf(model);
    const has = (server: K3sNode, key: string) => server.facts.settings.has(key);
    const isFounder = (server: K3sNode) =>
      has(server, 'datastore-endpoint') || /^(true|1|t)$/i.test(settingText(server, 'cluster-init') ?? '');
    const joining = servers.filter((server) => has(server, 'server'));
    const [first, ...more] = servers.filter((server) => !has(server, 'server'));
    const join = joining[0]?.facts.settings.get('server');
    if (first === undefined || more.length > 0 || join === undefined || servers.some(isFounder)) return;
    yield {
      ...settingPlace(first, 'cluster-init'),
      message: say(
        '{0} has no cluster-init: started for the first time it makes a database that nobody can join; with etcd on its disk all is well',
        first.label,
      ),
      related: [related(keyPlace(join), say('this server joins'))],
    };
  },
});

const tokenDiffers = rule<ClusterModel>({
  id: 'cluster/token-differs',
  severity: 'error',
  summary: 'The tokens of two nodes differ, so one of them cannot join.',

  *check(model) {
    yield* joinSecrets(model);
    const servers = serversOf(model).filter((server) => !isPlaceholder(settingText(server, 'token') ?? ''));
    for (const { odd, common } of strangers(servers, 'token')) {
      yield {
        ...settingPlace(odd, 'token'),
        message: say('the token is not that of {0}: this server cannot join', common.label),
        related: [related(settingPlace(common, 'token'), say('the other value is here'))],
      };
    }
    const [first] = servers;
    if (first === undefined) return;
    for (const agent of model.k3s.filter((node) => node.role !== 'server')) {
      const token = settingText(agent, 'token');
      if (token === undefined || isPlaceholder(token)) continue;
      const accepted = servers.flatMap((server) =>
        ['token', 'agent-token'].flatMap((key) => passwordOf(settingText(server, key))),
      );
      if (accepted.includes(passwordOf(token)[0] ?? '')) continue;
      // Short-lived tokens of the form id.secret are made at run time and stand in no file.
      if (/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(passwordOf(token)[0] ?? '')) continue;
      yield {
        ...settingPlace(agent, 'token'),
        message: say('the token is neither token nor agent-token of {0}: this node is refused', first.label),
        related: [related(settingPlace(first, 'token'), say('the other value is here'))],
      };
    }
  },
});

/**
 * What kubeadm's nodes have in common when they join. All hashes are those of one certificate. Tokens and keys run out and are made
 * anew, so another one is told where it is the others' with a letter or two changed, and asked about where all others have the same.
 */
function* joinSecrets({ kubeadm }: ClusterModel): Iterable<Finding> {
  const told = (at: Located<string>, other: Located<string>, severity: Severity, message: Message): Finding => ({
    ...placeOf(at),
    severity,
    message,
    related: [related(other, say('the other value is here'))],
  });
  const hashes = kubeadm
    .map(({ facts }) => facts.caHashes.filter(({ value }) => isCaHash(value)))
    .filter((each) => each.length > 0);
  for (const own of hashes) {
    const [at] = own;
    const strange = hashes.filter((each) => !each.some(({ value }) => named(own, value) !== undefined));
    const other = strange[0]?.[0];
    // Of three files the two that are at one are left alone.
    if (at === undefined || other === undefined || strange.length * 2 < hashes.length) continue;
    yield told(
      at,
      other,
      'warning',
      say('this is not the certificate that another node joins by: one of them is refused'),
    );
  }
  const kinds = [
    kubeadm.flatMap(({ facts }) =>
      [...facts.madeTokens, ...(facts.token === undefined ? [] : [facts.token])].filter(({ value }) =>
        isJoinToken(value),
      ),
    ),
    kubeadm.flatMap(({ facts }) => facts.certificateKey ?? []).filter(({ value }) => isCertificateKey(value)),
  ];
  for (const all of kinds)
    for (const at of all) {
      const others = all.filter((each) => each.path !== at.path);
      const [other] = others;
      if (other === undefined || named(others, at.value) !== undefined) continue;
      const meant = others.find(({ value }) => changedLetters(value, at.value) < 3);
      const isOdd = others.length > 1 && others.every(({ value }) => value === other.value);
      if (meant !== undefined)
        yield told(at, meant, 'warning', say('this is the value of another node with a letter changed: it is refused'));
      else if (isOdd)
        yield told(at, other, 'hint', say('all other nodes have another value here: was this one made anew?'));
    }
}

/** How many letters of two texts of one length differ; two swapped ones are two. */
function changedLetters(one: string, other: string): number {
  if (one.length !== other.length) return Number.POSITIVE_INFINITY;
  return [...one].filter((letter, index) => letter !== other[index]).length;
}

/** The part of a token that is compared: `K10<hash>::server:` in front of it says only which certificate to expect. */
function passwordOf(token: string | undefined): string[] {
  return token === undefined ? [] : [token.replace(/^K10[0-9a-f]{64}::(?:\w+:)?/, '')];
}

const datastoreDiffers = rule<ClusterModel>({
  id: 'cluster/datastore-differs',
  severity: 'error',
  summary: 'The servers do not use the same external datastore.',

  *check(model) {
    const servers = serversOf(model);
    const using = servers.filter((server) => server.facts.settings.has('datastore-endpoint'));
    const [first] = using;
    if (first === undefined) return;
    for (const { odd, common } of strangers(servers, 'datastore-endpoint')) {
      const without = using.includes(odd) ? common : odd;
      if (using.includes(odd) && using.includes(common)) {
        yield {
          ...settingPlace(odd, 'datastore-endpoint'),
          message: say('the datastore is not that of {0}: these are two clusters', common.label),
          related: [related(settingPlace(common, 'datastore-endpoint'), say('the other value is here'))],
        };
      } else if (without.facts.settings.has('server') || without.facts.settings.has('cluster-init')) {
        yield {
          path: without.facts.path,
          span: settingPlace(without, without.facts.settings.has('server') ? 'server' : 'cluster-init').span,
          message: say('{0} uses an external datastore and this server does not', first.label),
          related: [related(settingPlace(first, 'datastore-endpoint'), say('the other value is here'))],
        };
      }
    }
  },
});

const listenPortDiffers = rule<ClusterModel>({
  id: 'cluster/listen-port-differs',
  severity: 'warning',
  summary: '`https-listen-port` is not the same on all servers.',

  *check(model) {
    const servers = serversOf(model);
    for (const { odd, common } of strangers(servers, 'https-listen-port')) {
      yield {
        ...settingPlace(odd, 'https-listen-port'),
        message: say('{0} differs from that of {1}; all servers need the same', 'https-listen-port', common.label),
        related: [related(settingPlace(common, 'https-listen-port'), say('the other value is here'))],
      };
    }
  },
});

const tlsSanDiffers = rule<ClusterModel>({
  id: 'cluster/tls-san-differs',
  severity: 'warning',
  summary:
    'A name is in `tls-san` of some servers only, so it works or fails with the server behind the load balancer.',

  *check(model) {
    const servers = serversOf(model);
    const own = servers.flatMap((server) => identitiesOf(server));
    const asked = connections(model).map((each) => each.value.host);
    for (const name of new Set(servers.flatMap((server) => settingList(server, 'tls-san').map((each) => each.value)))) {
      if (isPlaceholder(name) || named(own, name) !== undefined) continue;
      const having = servers.find((server) => named(settingList(server, 'tls-san'), name) !== undefined);
      const place = having === undefined ? undefined : named(settingList(having, 'tls-san'), name);
      if (having === undefined || place === undefined) continue;
      const lacking = servers.filter((server) => named(settingList(server, 'tls-san'), name) === undefined);
      // Where every server has a name that the others lack, these are the names of the servers themselves; unless nodes
      // join by it, or it is the name of another one with a slip.
      const isOwn =
        lacking.length === servers.length - 1 &&
        lacking.every((server) => hasOwnSan(server, servers)) &&
        !lacking.some((server) => settingList(server, 'tls-san').some((each) => isSlip(each.value, name)));
      if (isOwn && !asked.includes(name)) continue;
      const edits = lacking.flatMap((server) => additionTo(server, name) ?? []);
      for (const server of lacking) {
        yield {
          ...settingPlace(server, 'tls-san'),
          message: say('"{0}" is in tls-san of {1}, but not of {2}', name, having.label, server.label),
          related: [related(place, say('the address is named here'))],
          fixes: [
            { title: say('Add "{0}" to tls-san of every server that lacks it', name), edits, confidence: 'review' },
          ],
        };
      }
    }
  },
});

function hasOwnSan(server: K3sNode, servers: readonly K3sNode[]): boolean {
  return settingList(server, 'tls-san').some(({ value }) =>
    servers.every((other) => other === server || named(settingList(other, 'tls-san'), value) === undefined),
  );
}

const singleJoinServer = rule<ClusterModel>({
  id: 'cluster/single-join-server',
  severity: 'hint',
  summary: 'Every node joins through the same server, so none can join while that one is down.',

  *check(model) {
    const joins = model.k3s.flatMap((node) => node.facts.settings.get('server')?.values.at(-1) ?? []);
    const [first] = joins;
    if (first === undefined || joins.length < 2 || joins.some((each) => each.value !== first.value)) return;
    const servers = serversOf(model);
    const target = servers.find(
      (server) => named(identitiesOf(server), first.value.replace(/^https:\/\/|:\d+$/g, '')) !== undefined,
    );
    const door = model.virtualAddresses[0] ?? model.endpoint;
    if (target === undefined || door === undefined) return;
    for (const each of joins) {
      yield {
        ...placeOf(each),
        message: say(
          'every node joins through {0}; through the load balancer they join while it is down too',
          target.label,
        ),
        related: [related(door, say('the address is named here'))],
      };
    }
  },
});

export const k3sFleetRules = [
  criticalValueDiffers,
  alikeDiffers,
  serversDiffer,
  twoClusterInits,
  separateServer,
  noFounder,
  tokenDiffers,
  datastoreDiffers,
  listenPortDiffers,
  tlsSanDiffers,
  singleJoinServer,
];

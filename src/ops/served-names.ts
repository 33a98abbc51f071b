import type { Message } from '../base/message';
import { say } from '../base/message';
import { type ClusterModel, controlPlanes, frontDoors, named, settingList } from '../model/cluster/cluster-model';
import { isPlaceholder, type Located } from '../model/cluster/located';
import { missingNames } from './certificates';
import type { NodeCertificates } from './commands/certificates';

/** A name that the files ask for and that a served certificate lacks. */
export interface UnservedName extends Located<string> {
  /** The node or the virtual address that serves the certificate. */
  readonly servedBy: string;
  readonly message: Message;
}

/**
 * The names in the files of a cluster that the certificates its API servers showed to `facts` do not have: those of
 * `tls-san` and `certSANs`, and the addresses under which clients reach the API. Nothing is said of a server that showed
 * none. k3s takes a new `tls-san` over when it starts; `kubeadm certs renew` copies the old names, so the certificate has
 * to be made anew (kubernetes/kubernetes, cmd/kubeadm/app/phases/certs).
 */
export function unservedNames(model: ClusterModel, facts: ReadonlyMap<string, NodeCertificates>): UnservedName[] {
  const found: UnservedName[] = [];
  const lackedByServers = new Set<string>();
  for (const host of controlPlanes(model).flatMap((each) => each.node?.name.value ?? [])) {
    const served = facts.get(host)?.served.find((each) => each.endpoint === '127.0.0.1:6443');
    if (served === undefined) continue;
    const asked = askedOf(model, host);
    for (const each of lacking(asked, served.names)) {
      lackedByServers.add(each.value);
      const message =
        model.distribution === 'kubeadm'
          ? say(
              'the certificate that {0} serves does not have "{1}": move apiserver.crt and apiserver.key aside there, then run "kubeadm init phase certs apiserver" with this file',
              host,
              each.value,
            )
          : say(
              'the certificate that {0} serves does not have "{1}": push this file there and restart k3s',
              host,
              each.value,
            );
      found.push({ ...each, servedBy: host, message });
    }
    for (const door of lacking(frontDoors(model), served.names)) {
      lackedByServers.add(door.value);
      if (named(asked, door.value) !== undefined) continue;
      const list = model.distribution === 'kubeadm' ? 'certSANs' : 'tls-san';
      const message = say('the certificate that {0} serves does not have "{1}": add it to {2}', host, door.value, list);
      found.push({ ...door, servedBy: host, message });
    }
  }
  return [...found, ...atVirtualAddresses(model, facts, lackedByServers)];
}

/** What a virtual address shows although no server does: somebody else answers there. */
function atVirtualAddresses(
  model: ClusterModel,
  facts: ReadonlyMap<string, NodeCertificates>,
  lackedByServers: ReadonlySet<string>,
): UnservedName[] {
  const served = [...facts.values()].flatMap((each) => each.served);
  return served.flatMap(({ endpoint, names }) => {
    const host = endpoint.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
    if (named(frontDoors(model), host) === undefined) return [];
    return lacking(frontDoors(model), names)
      .filter((door) => !lackedByServers.has(door.value))
      .map((door) => ({
        ...door,
        servedBy: host,
        message: say(
          'the certificate that {0} shows does not have "{1}", though that of no server lacks it: see what answers there',
          endpoint,
          door.value,
        ),
      }));
  });
}

function lacking(asked: readonly Located<string>[], names: readonly string[]): Located<string>[] {
  return asked.filter(({ value }) => !isPlaceholder(value) && missingNames([value], names).length > 0);
}

/** What the files want in the certificate of a server. kubeadm's lists are those of all servers unless each has its own. */
function askedOf(model: ClusterModel, host: string): readonly Located<string>[] {
  const own = model.k3s.filter((each) => each.role === 'server' && each.node?.name.value === host);
  const lists = model.kubeadm.filter(({ facts }) => facts.certSans !== undefined);
  const shared = lists.length === 1;
  return [
    ...own.flatMap((each) => settingList(each, 'tls-san')),
    ...lists
      .filter(({ nodes }) => shared || nodes.some((node) => node.name.value === host))
      .flatMap(({ facts }) => facts.certSans?.values ?? []),
  ];
}

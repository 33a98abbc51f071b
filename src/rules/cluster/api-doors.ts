import { isLinkLocal, parseIp } from '../../base/address';
import { apiBackends, type ClusterModel, frontDoors, named, settingList } from '../../model/cluster/cluster-model';
import { isPlaceholder, type Located } from '../../model/cluster/located';
import { allAddresses } from '../../model/cluster/mentions';
import { connections } from './endpoint';

/**
 * The addresses that a certificate of the API has to name: its front doors, without what is for something else. Nobody
 * reaches the API at a link-local address, which is there because VRRP for IPv6 wants one first (RFC 5798, 5.2.9); and an address
 * that no file connects to, listens on or puts into a certificate is that of another service, such as the ingress, where the
 * addresses of another virtual router are those of the API.
 */
export function apiDoors(model: ClusterModel): readonly Located<string>[] {
  const routers = addressesByRouter(model);
  const said = saidOfApi(model);
  const known = [...routers.values()].filter((all) => all.some((each) => named(said, each.value) !== undefined));
  const families = new Set(known.flatMap((all) => all.map((each) => parseIp(each.value)?.family)));
  const isForOther = (door: Located<string>) => {
    const holders = [...routers.values()].filter((all) => named(all, door.value) !== undefined);
    return (
      holders.length > 0 &&
      families.has(parseIp(door.value)?.family) &&
      !holders.some((each) => known.includes(each)) &&
      named(said, door.value) === undefined
    );
  };
  return frontDoors(model).filter(
    (door) => !isPlaceholder(door.value) && !isLinkLocal(door.value) && !isForOther(door),
  );
}

/** The addresses of each virtual router, whichever node says so; of one without a number those of its name. */
function addressesByRouter(model: ClusterModel): ReadonlyMap<string, readonly Located<string>[]> {
  const found = new Map<string, Located<string>[]>();
  for (const { facts } of model.keepalived)
    for (const router of facts.routers) {
      const key = String(router.virtualRouterId?.value ?? router.name.value);
      found.set(key, [...(found.get(key) ?? []), ...allAddresses(router)]);
    }
  return found;
}

/** Every name and address that a file connects to, listens on for the API, or puts into a certificate. */
function saidOfApi(model: ClusterModel): readonly Located<string>[] {
  return [
    ...(model.endpoint === undefined ? [] : [{ ...model.endpoint, value: model.endpoint.value.host }]),
    ...connections(model).map((each) => ({ ...each, value: each.value.host })),
    ...model.kubeadm.flatMap(({ facts }) => facts.certSans?.values ?? []),
    ...model.k3s.flatMap((node) => settingList(node, 'tls-san')),
    ...apiBackends(model).flatMap(({ listeners }) =>
      listeners.flatMap(({ host, path, span }) => (host === undefined ? [] : [{ value: host, path, span }])),
    ),
  ];
}

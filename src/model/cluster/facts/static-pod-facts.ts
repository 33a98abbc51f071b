import { parseIp } from '../../../base/address';
import { parseGoBool } from '../../../base/go-bool';
import {
  itemsOf,
  parseLocatedYaml,
  scalarAt,
  scalarsOf,
  valueAt,
  type YamlScalar,
  type YamlValue,
} from '../../../syntax/located-yaml';
import type { Located } from '../located';
import type {
  BalancerPodFacts,
  KeepalivedFacts,
  KubeVipFacts,
  PodRights,
  RouterFacts,
  VirtualAddress,
} from './file-facts';
import { located, numberAt } from './yaml-facts';

/** What a load balancer's pod says, by what its image is called. */
const readers: readonly (readonly [RegExp, (pod: Pod) => KubeVipFacts | KeepalivedFacts | BalancerPodFacts])[] = [
  [/(^|\/)kube-vip(?:-iptables)?(?::|@|$)/, kubeVipFacts],
  [/keepalived[^/]*$/, keepalivedPodFacts],
  [/haproxy[^/]*$/, (pod) => balancerPodFacts(pod, 'haproxy')],
  [/(^|\/)nginx[^/]*$|nginx-proxy[^/]*$/, (pod) => balancerPodFacts(pod, 'nginx')],
];

interface Pod {
  readonly path: string;
  readonly text: string;
  readonly spec: YamlValue | undefined;
  readonly container: YamlValue;
  readonly image: YamlScalar;
  /** The value that the environment of the container gives to a name. */
  readonly environment: (name: string) => YamlScalar | undefined;
}

/** Reads a static pod of a load balancer: kube-vip, keepalived, haproxy or nginx; undefined for one of something else. */
export function staticPodFacts(
  path: string,
  text: string,
): KubeVipFacts | KeepalivedFacts | BalancerPodFacts | undefined {
  for (const { root } of parseLocatedYaml(text)) {
    const kind = scalarAt(root, 'kind')?.text;
    if (kind !== 'Pod' && kind !== 'DaemonSet') continue;
    const spec = kind === 'Pod' ? valueAt(root, 'spec') : valueAt(root, 'spec', 'template', 'spec');
    for (const container of itemsOf(valueAt(spec, 'containers'))) {
      const image = scalarAt(container, 'image');
      const reader = readers.find(([pattern]) => image !== undefined && pattern.test(image.text))?.[1];
      if (image === undefined || reader === undefined) continue;
      // As a DaemonSet any of the others is most often a part of the workload.
      if (kind === 'DaemonSet' && reader !== kubeVipFacts) continue;
      const variables = itemsOf(valueAt(container, 'env'));
      const environment = (name: string) =>
        scalarAt(
          variables.find((each) => scalarAt(each, 'name')?.text === name),
          'value',
        );
      return reader({ path, text, spec, container, image, environment });
    }
  }
  return undefined;
}

/** The address and port of kube-vip (kube-vip pkg/kubevip/config_envvar.go); one for services only holds none of the API. */
function kubeVipFacts(pod: Pod): KubeVipFacts {
  const { path, environment } = pod;
  const isForApi = environment('cp_enable')?.text !== 'false';
  const isOn = (name: string) => parseGoBool(environment(name)?.text ?? '') === true;
  return {
    kind: 'kube-vip',
    path,
    rights: rightsOf(pod),
    address: isForApi ? located(path, environment('address') ?? environment('vip_address')) : undefined,
    port: numberAt(path, environment('port')),
    interface: isOn('vip_arp') ? located(path, environment('vip_interface')) : undefined,
    bgp: isOn('bgp_enable')
      ? {
          routerId: located(path, environment('bgp_routerid')),
          as: located(path, environment('bgp_as')),
          peers: located(path, environment('bgp_peers') ?? environment('bgp_peeraddress')),
        }
      : undefined,
    unannounced: announces(pod) ? undefined : (located(path, environment('vip_arp')) ?? rightsOf(pod).image),
  };
}

/**
 * Whether kube-vip may send ARP, speak BGP, or write routes or WireGuard: it ends where none is switched on (kube-vip
 * pkg/manager/manager.go, cmd/kube-vip.go). Arguments and whole sets of variables may do so out of sight.
 */
function announces({ container }: Pod): boolean {
  const args = [...scalarsOf(valueAt(container, 'command')), ...scalarsOf(valueAt(container, 'args'))];
  if (!args.some(({ text }) => text === 'manager') || args.some(({ text }) => text.startsWith('-'))) return true;
  if (valueAt(container, 'envFrom') !== undefined) return true;
  return itemsOf(valueAt(container, 'env')).some(
    (each) =>
      /^(?:vip_arp|bgp_enable)$|wireguard|routing|table/i.test(scalarAt(each, 'name')?.text ?? '') &&
      !/^(?:false|f|0)?$/i.test(scalarAt(each, 'value')?.text ?? 'open'),
  );
}

/**
 * keepalived in the image osixia/keepalived, which writes its configuration from the environment: one router `VI_1`
 * (osixia/docker-keepalived image/service/keepalived/assets/keepalived.conf). With a mounted file it reads that.
 */
function keepalivedPodFacts(pod: Pod): KeepalivedFacts | BalancerPodFacts {
  const { path, image, environment } = pod;
  const addresses = environment('KEEPALIVED_VIRTUAL_IPS');
  if (addresses === undefined || mountsOf(pod).some((each) => /keepalived\.conf$/.test(each.value)))
    return balancerPodFacts(pod, 'keepalived');
  const router: RouterFacts = {
    name: { value: 'VI_1', path, span: image.span },
    virtualRouterId: numberAt(path, environment('KEEPALIVED_ROUTER_ID')),
    priority: numberAt(path, environment('KEEPALIVED_PRIORITY')),
    state: located(path, environment('KEEPALIVED_STATE')),
    interface: located(path, environment('KEEPALIVED_INTERFACE')),
    unicastSource: undefined,
    unicastPeers: addressesIn(pod, environment('KEEPALIVED_UNICAST_PEERS')),
    virtualAddresses: addressesIn(pod, addresses),
    excludedAddresses: [],
  };
  return {
    kind: 'keepalived',
    path,
    paths: [path],
    routers: [router],
    hosts: [],
    commands: [],
    rights: rightsOf(pod),
  };
}

function balancerPodFacts(pod: Pod, program: BalancerPodFacts['program']): BalancerPodFacts {
  return {
    kind: 'balancer-pod',
    program,
    path: pod.path,
    hasHostPort: itemsOf(valueAt(pod.container, 'ports')).some((each) => scalarAt(each, 'hostPort') !== undefined),
    mounts: mountsOf(pod),
    ...rightsOf(pod),
  };
}

function rightsOf({ path, spec, container, image }: Pod): PodRights {
  const context = valueAt(container, 'securityContext');
  const networkAt = located(path, scalarAt(spec, 'hostNetwork'));
  return {
    image: { value: image.text, path, span: image.span },
    hostNetwork: networkAt?.value === 'true',
    ...(networkAt !== undefined && { networkAt }),
    privileged: scalarAt(context, 'privileged')?.text === 'true',
    capabilities: scalarsOf(valueAt(context, 'capabilities', 'add')).map((each) =>
      each.text.replace(/^CAP_/i, '').toUpperCase(),
    ),
  };
}

/** The files and folders of the node that the container sees. */
function mountsOf({ path, spec, container }: Pod): readonly Located<string>[] {
  const mounted = itemsOf(valueAt(container, 'volumeMounts')).map((each) => scalarAt(each, 'name')?.text);
  return itemsOf(valueAt(spec, 'volumes')).flatMap((volume) => {
    const host = located(path, scalarAt(volume, 'hostPath', 'path'));
    return host !== undefined && mounted.includes(scalarAt(volume, 'name')?.text) ? [host] : [];
  });
}

/** Addresses in a text that lists them: `#PYTHON2BASH:['10.0.0.1', '10.0.0.2']`, or with spaces or commas. */
function addressesIn({ path, text }: Pod, scalar: YamlScalar | undefined): readonly VirtualAddress[] {
  if (scalar === undefined) return [];
  const written = text.slice(scalar.span.start, scalar.span.end);
  return [...written.matchAll(/[0-9a-fA-F:.]{3,}(?:\/\d{1,3})?/g)].flatMap((found) => {
    const [value = '', prefix] = found[0].split('/');
    if (parseIp(value) === undefined) return [];
    const start = scalar.span.start + found.index;
    const span = { start, end: start + value.length };
    return [{ value, prefix: prefix === undefined ? undefined : Number(prefix), path, span }];
  });
}

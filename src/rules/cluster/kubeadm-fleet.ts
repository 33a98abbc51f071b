import { parseIp, sameIp } from '../../base/address';
import { type FileEdit, placeOf, related } from '../../base/finding';
import { say } from '../../base/message';
import { apiBackends, type ClusterModel, controlPlanes, frontDoors, named } from '../../model/cluster/cluster-model';
import type { KubeadmFacts } from '../../model/cluster/facts/file-facts';
import { isPlaceholder } from '../../model/cluster/located';
import { rule } from '../rule';
import { apiDoors } from './api-doors';

/**
 * The certificate is valid for the host of controlPlaneEndpoint and the node's own address without being told
 * (kubernetes/kubernetes, kubeadm phases/certs); everything else must stand in certSANs.
 */
const vipNotInCertSans = rule<ClusterModel>({
  id: 'cluster/vip-not-in-cert-sans',
  severity: 'warning',
  summary: 'Clients reach the API under an address that is not in `apiServer.certSANs` of the kubeadm configuration.',

  *check(model) {
    for (const { facts } of model.kubeadm) {
      if (!facts.hasClusterConfiguration) continue;
      const valid = [
        ...(facts.certSans?.values ?? []).map((each) => each.value),
        facts.controlPlaneEndpoint?.value.host ?? '',
        facts.advertiseAddress?.value ?? '',
      ];
      for (const door of apiDoors(model)) {
        if (valid.some((each) => each.toLowerCase() === door.value.toLowerCase() || sameIp(each, door.value))) continue;
        const place = facts.certSans?.keySpan ?? facts.apiServer?.span ?? facts.clusterSpan;
        const edit = additionTo(facts, door.value);
        yield {
          path: facts.path,
          span: place,
          message: say(
            '"{0}" is where clients reach the API, but it is not in certSANs: TLS through it fails',
            door.value,
          ),
          related: [related(door, say('the address is named here'))],
          ...(edit === undefined
            ? {}
            : {
                fixes: [
                  { title: say('Add "{0}" to certSANs', door.value), edits: [edit], confidence: 'review' as const },
                ],
              }),
        };
      }
    }
  },
});

function additionTo(facts: KubeadmFacts, name: string): FileEdit | undefined {
  const { certSans, path } = facts;
  const text = name.includes(':') ? `"${name}"` : name;
  const last = certSans?.values.at(-1);
  if (certSans !== undefined && last !== undefined) {
    const span = { start: last.span.end, end: last.span.end };
    if (certSans.flow) return { path, span, newText: `, ${text}` };
    return certSans.isList ? { path, span, newText: `\n${certSans.itemIndent}- ${text}` } : undefined;
  }
  if (certSans !== undefined) return undefined;
  if (facts.apiServer !== undefined) {
    const at = facts.apiServer.span.end + 1;
    return { path, span: { start: at, end: at }, newText: `\n  certSANs:\n    - ${text}` };
  }
  const at = facts.clusterInsertAt;
  return { path, span: { start: at, end: at }, newText: `\napiServer:\n  certSANs:\n    - ${text}` };
}

const noControlPlaneEndpoint = rule<ClusterModel>({
  id: 'cluster/no-control-plane-endpoint',
  severity: 'warning',
  summary: 'A kubeadm cluster of several control-plane nodes has no `controlPlaneEndpoint`, and cannot get one later.',

  *check(model) {
    const planes = controlPlanes(model);
    const [door] = frontDoors(model);
    for (const { facts } of model.kubeadm) {
      if (!facts.hasClusterConfiguration || facts.controlPlaneEndpoint !== undefined) continue;
      const other = planes.find((plane) => plane.path !== facts.path || plane.addresses[0]?.path !== facts.path);
      const place = door ?? other?.addresses[0];
      if (place === undefined || (planes.length < 2 && door === undefined)) continue;
      yield {
        path: facts.path,
        span: facts.clusterSpan,
        message: say(
          'controlPlaneEndpoint is missing: further control-plane nodes cannot join; set it to the virtual address',
        ),
        related: [related(place, say('the address is named here'))],
      };
    }
  },
});

const endpointsDiffer = rule<ClusterModel>({
  id: 'cluster/control-plane-endpoint-differs',
  severity: 'error',
  summary: '`controlPlaneEndpoint` or a join address is not the endpoint of the cluster.',

  *check(model) {
    const { endpoint } = model;
    if (endpoint === undefined || isPlaceholder(endpoint.value.host)) return;
    const held = [...model.virtualAddresses, ...model.kubeVips.flatMap(({ facts }) => facts.address ?? [])];
    const [door] = held;
    const { host } = endpoint.value;
    // Without an inventory an address that nobody holds may be that of a load balancer no file tells of.
    const isOfNobody =
      parseIp(host) !== undefined &&
      named([...held, ...controlPlanes(model).flatMap((plane) => plane.addresses)], host) === undefined;
    if (model.inventory === undefined && door !== undefined && isOfNobody && leadsToApi(model)) {
      yield {
        ...placeOf(endpoint),
        severity: 'warning',
        message: say('"{0}" is not the virtual address of this cluster, {1}', host, door.value),
        related: [related(door, say('the virtual address is set here'))],
      };
    }
    for (const { facts } of model.kubeadm) {
      const own = facts.controlPlaneEndpoint;
      if (own === undefined || (own.path === endpoint.path && own.span.start === endpoint.span.start)) continue;
      if (
        isPlaceholder(own.value.host) ||
        own.value.host.toLowerCase() === endpoint.value.host.toLowerCase() ||
        sameIp(own.value.host, endpoint.value.host)
      ) {
        if ((own.value.port ?? 6443) === (endpoint.value.port ?? 6443)) continue;
      } else if (model.virtualAddresses.some((each) => sameIp(each.value, own.value.host))) continue;
      yield {
        ...placeOf(own),
        message: say(
          'controlPlaneEndpoint is not the endpoint of this cluster, {0}:{1}',
          endpoint.value.host,
          endpoint.value.port ?? 6443,
        ),
        related: [related(endpoint, say('the endpoint is set here'))],
      };
    }
  },
});

/** Whether the virtual address is one for the API: of kube-vip, or in front of a load balancer that sends to it. */
function leadsToApi(model: ClusterModel): boolean {
  return model.kubeVips.length > 0 || apiBackends(model).length > 0;
}

export const kubeadmFleetRules = [vipNotInCertSans, noControlPlaneEndpoint, endpointsDiffer];

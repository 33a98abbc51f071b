import { type Cidr, contains, overlaps } from '../../base/address';
import type { Finding } from '../../base/finding';
import { parseSloppyCidr, parseSloppyIp } from '../../base/go-address';
import { type Message, say } from '../../base/message';
import type { Span } from '../../base/span';
import type { KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { argumentsOf, rootOf, textAt } from '../../model/kubeadm/lookup';
import { rule } from '../rule';
import { isOpen, placeholderIn } from './values';

interface Subnet {
  readonly text: string;
  readonly span: Span;
  readonly cidr: Cidr | undefined;
}

/** The networks of a field, each with its place in the text. */
function subnetsOf(analysis: KubeadmAnalysis, field: string): readonly Subnet[] {
  const scalar = textAt(rootOf(analysis, 'ClusterConfiguration'), 'networking', field);
  if (scalar === undefined || isOpen(scalar.text)) return [];
  let at = scalar.span.start + (scalar.quoted ? 1 : 0);
  return scalar.text.split(',').map((text) => {
    const span = { start: at, end: Math.max(at + 1, at + text.length) };
    at += text.length + 1;
    return { text, span, cidr: parseSloppyCidr(text) };
  });
}

/** A network that is in use, which nobody needs to have written. */
type UsedSubnet = Omit<Subnet, 'span'> & { readonly span?: Span | undefined };

/** The services of a cluster that says nothing of them (kubernetes/kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go). */
function usualServices(analysis: KubeadmAnalysis): readonly UsedSubnet[] {
  const root = rootOf(analysis, 'ClusterConfiguration');
  if (root === undefined || textAt(root, 'networking', 'serviceSubnet') !== undefined) return [];
  const text = '10.96.0.0/12';
  return [{ text, cidr: parseSloppyCidr(text) }];
}

const bitsOf = (cidr: Cidr) => (cidr.address.family === 4 ? 32 : 128);

export const badSubnet = rule<KubeadmAnalysis>({
  id: 'kubeadm/bad-subnet',
  severity: 'error',
  summary: 'kubeadm refuses the network of pods or services: its form, its size or a second one of its family.',

  *check(analysis) {
    for (const field of ['serviceSubnet', 'podSubnet']) {
      const subnets = subnetsOf(analysis, field);
      const unread = subnets.find((each) => each.cidr === undefined);
      if (unread !== undefined) {
        const trimmed = unread.text.trim();
        const placeholder = placeholderIn(unread.text);
        if (placeholder !== undefined) {
          yield {
            span: unread.span,
            severity: 'warning',
            message: say('{0} is still to be filled in', placeholder),
          };
          continue;
        }
        yield {
          span: unread.span,
          message: say(
            '"{0}" is not a network such as 10.244.0.0/16; two stand with a comma and no space between them',
            unread.text,
          ),
          ...(trimmed !== unread.text && parseSloppyCidr(trimmed) !== undefined
            ? {
                fixes: [
                  {
                    title: say('Take the space away'),
                    edits: [{ span: unread.span, newText: trimmed }],
                    confidence: 'safe' as const,
                  },
                ],
              }
            : {}),
        };
        continue;
      }
      yield* familyProblems(field, subnets);
      for (const subnet of subnets)
        if (subnet.cidr !== undefined && field === 'podSubnet') yield* podProblems(analysis, subnet, subnet.cidr);
        else if (subnet.cidr !== undefined) {
          const message = serviceSizeProblem(subnet.text, subnet.cidr);
          if (message !== undefined) yield { span: subnet.span, message };
        }
    }
  },
});

/** A second network of one family (kubernetes/kubernetes cmd/kubeadm/app/apis/kubeadm/validation ValidateDualStackSubnets…). */
export function* familyProblems(
  field: string,
  subnets: readonly { readonly cidr: Cidr | undefined; readonly span: Span }[],
): Iterable<Finding> {
  const families = subnets.map((each) => each.cidr?.address.family);
  const again = subnets.find((_each, index) => families.indexOf(families[index]) < index);
  if (again !== undefined)
    yield {
      span: again.span,
      message: say(
        '"{0}" has a second IPv{1} network; one of each family is allowed',
        field,
        again.cidr?.address.family ?? 4,
      ),
    };
}

/** Why kubeadm does not take a network of that size for services (ValidateIPNetFromString, validateServiceSubnetSize). */
export function serviceSizeProblem(text: string, cidr: Cidr): Message | undefined {
  const free = bitsOf(cidr) - cidr.prefix;
  if (free < 4) return say('{0} holds {1} addresses, and kubeadm wants at least 10 for services', text, 2 ** free);
  return free > 20
    ? say('{0} is too large for services; the mask is /{1} or longer', text, bitsOf(cidr) - 20)
    : undefined;
}

/** The same for pods, of which each node takes a part with `node` bits (ValidatePodSubnetNodeMask). */
export function podSizeProblem(text: string, cidr: Cidr, node = usualNodeMask(cidr)): Message | undefined {
  if (cidr.prefix > node)
    return say("each node takes a /{0} of the pods' network, and {1} has none to give", node, text);
  return node - cidr.prefix > 16
    ? say("{0} is too large: the pods' network is at most 16 bits wider than the /{1} of a node", text, node)
    : undefined;
}

/** The length of the network that a node takes of the pods' when nothing else is said. */
export const usualNodeMask = (cidr: Cidr) => (cidr.address.family === 4 ? 24 : 64);

function* podProblems(analysis: KubeadmAnalysis, { text, span }: Subnet, cidr: Cidr): Iterable<Finding> {
  const own = argumentsOf(analysis).filter((each) => each.component === 'kube-controller-manager');
  const value = (name: string) => own.findLast((each) => each.name === name)?.value?.text;
  if (value('allocate-node-cidrs') === 'false') return;
  const given = value(cidr.address.family === 4 ? 'node-cidr-mask-size-ipv4' : 'node-cidr-mask-size-ipv6');
  const node = given === undefined ? usualNodeMask(cidr) : Number(given);
  const message = Number.isInteger(node) ? podSizeProblem(text, cidr, node) : undefined;
  if (message !== undefined) yield { span, message };
}

export const networkOverlap = rule<KubeadmAnalysis>({
  id: 'kubeadm/network-overlap',
  severity: 'warning',
  summary: 'Networks of pods, services and nodes share addresses; kubeadm says nothing, and traffic goes astray.',

  *check(analysis) {
    const pods = subnetsOf(analysis, 'podSubnet');
    const written = subnetsOf(analysis, 'serviceSubnet');
    const services: readonly UsedSubnet[] = written.length > 0 ? written : usualServices(analysis);
    for (const pod of pods)
      for (const service of services)
        if (pod.cidr !== undefined && service.cidr !== undefined && overlaps(pod.cidr, service.cidr))
          yield {
            span: service.span ?? pod.span,
            message: say(
              '{0} and {1} share addresses; pods and services need networks of their own',
              pod.text,
              service.text,
            ),
            ...(service.span === undefined ? {} : { related: [{ span: pod.span, message: say('the other network') }] }),
          };
    const places: readonly (readonly [string, ...string[]])[] = [
      ['InitConfiguration', 'localAPIEndpoint', 'advertiseAddress'],
      ['JoinConfiguration', 'controlPlane', 'localAPIEndpoint', 'advertiseAddress'],
      ['ClusterConfiguration', 'controlPlaneEndpoint'],
    ];
    for (const [kind, ...path] of places) {
      const scalar = textAt(rootOf(analysis, kind), ...path);
      const address = parseSloppyIp(scalar?.text.replace(/^([\d.]+):\d+$/, '$1') ?? '');
      if (scalar === undefined || address === undefined) continue;
      for (const [field, subnets] of [
        ['podSubnet', pods],
        ['serviceSubnet', services],
      ] as const) {
        const inside = subnets.find((each) => each.cidr !== undefined && contains(each.cidr, address));
        if (inside !== undefined)
          yield {
            span: scalar.span,
            message: say('{0} lies in {1}, the network of "{2}"', scalar.text, inside.text, field),
          };
      }
    }
  },
});

export const networkFamilies = rule<KubeadmAnalysis>({
  id: 'kubeadm/network-families',
  severity: 'warning',
  summary: 'Services have an address family that pods lack, so those services lead nowhere.',

  *check(analysis) {
    const pods = subnetsOf(analysis, 'podSubnet');
    if (pods.length === 0) return;
    const families = new Set(pods.map((each) => each.cidr?.address.family));
    for (const { text, span, cidr } of subnetsOf(analysis, 'serviceSubnet'))
      if (cidr !== undefined && !families.has(undefined) && !families.has(cidr.address.family))
        yield {
          span,
          message: say('services in {0} have IPv{1} addresses, and no pod has one', text, cidr.address.family),
        };
  },
});

import { type Cidr, contains, overlaps, parseCidr, parseIp } from '../../base/address';
import type { Finding } from '../../base/finding';
import { say } from '../../base/message';
import type { Span } from '../../base/span';
import { isOn, type K3sAnalysis, settingOf, valueFor, valuesFor } from '../../model/k3s/analysis';
import { rule } from '../rule';

interface Network {
  readonly key: string;
  readonly text: string;
  readonly cidr: Cidr;
  /** Absent for what k3s takes when nothing is set. */
  readonly span: Span | undefined;
}

const defaults: Readonly<Record<string, string>> = { 'cluster-cidr': '10.42.0.0/16', 'service-cidr': '10.43.0.0/16' };

/** The networks of a key as far as they can be read; the default one where the file sets none. */
function networksOf(analysis: K3sAnalysis, key: string): readonly Network[] {
  const values = valuesFor(analysis, key);
  if (values.length === 0) {
    const text = defaults[key] ?? '';
    const cidr = parseCidr(text);
    return cidr === undefined ? [] : [{ key, text, cidr, span: undefined }];
  }
  return values.flatMap(({ text, span, open }): Network[] => {
    const cidr = open ? undefined : parseCidr(text);
    return cidr === undefined ? [] : [{ key, text, cidr, span }];
  });
}

type Written = Pick<Network, 'text' | 'cidr' | 'span'>;

/** Networks of pods and of services that overlap, told at the ones of `told` where they are written, else at the others. */
export function* sharedAddresses(
  pods: readonly Written[],
  services: readonly Written[],
  told: 'pods' | 'services',
): Iterable<Finding> {
  for (const pod of pods)
    for (const service of services) {
      const [first, second] = told === 'pods' ? [pod, service] : [service, pod];
      const span = first.span ?? second.span;
      if (span === undefined || !overlaps(pod.cidr, service.cidr)) continue;
      const other = first.span === undefined ? undefined : second.span;
      yield {
        span,
        message: say(
          '{0} and {1} share addresses; pods and services need networks of their own',
          pod.text,
          service.text,
        ),
        ...(other === undefined ? {} : { related: [{ span: other, message: say('the other network') }] }),
      };
    }
}

export const networkOverlap = rule<K3sAnalysis>({
  id: 'k3s/network-overlap',
  severity: 'warning',
  summary: 'Networks of pods, services and nodes share addresses; k3s starts, and traffic goes astray.',

  *check(analysis) {
    const pods = networksOf(analysis, 'cluster-cidr');
    const services = networksOf(analysis, 'service-cidr');
    yield* sharedAddresses(pods, services, 'services');
    for (const key of ['node-ip', 'node-external-ip', 'advertise-address']) {
      for (const { text, span } of valuesFor(analysis, key)) {
        const address = parseIp(text);
        const inside = [...pods, ...services].find((each) => address !== undefined && contains(each.cidr, address));
        if (inside !== undefined)
          yield { span, message: say('{0} lies in {1}, the network of "{2}"', text, inside.text, inside.key) };
      }
    }
  },
});

export const networkFamilies = rule<K3sAnalysis>({
  id: 'k3s/network-families',
  severity: 'warning',
  summary: 'Pods and services need the same address families; a server that runs an agent does not start otherwise.',

  *check(analysis) {
    if (isOn(analysis, 'disable-agent')) return;
    const pods = networksOf(analysis, 'cluster-cidr');
    const services = networksOf(analysis, 'service-cidr');
    const shown = [...pods, ...services].find((each) => each.span !== undefined);
    if (shown?.span === undefined) return;
    for (const networks of [pods, services]) {
      const families = networks.map((each) => each.cidr.address.family);
      for (const [index, family] of families.entries()) {
        const again = networks[index];
        if (again?.span === undefined || families.indexOf(family) === index) continue;
        yield {
          span: again.span,
          message: say('"{0}" has a second IPv{1} network; one of each family is allowed', again.key, family),
        };
        return;
      }
    }
    // Without settings the family of the node decides, which the file may not say.
    const unset = pods[0]?.span === undefined ? pods : services[0]?.span === undefined ? services : undefined;
    const set = unset === pods ? services : pods;
    if (unset !== undefined && set.length === 1 && set[0]?.cidr.address.family === 6) return;
    const family = (networks: readonly Network[]) =>
      [...new Set(networks.map((each) => each.cidr.address.family))].sort();
    if (
      valuesFor(analysis, 'cluster-cidr').some((each) => each.open) ||
      valuesFor(analysis, 'service-cidr').some((each) => each.open)
    )
      return;
    if (pods.length === 0 || services.length === 0 || family(pods).join() === family(services).join()) return;
    yield {
      span: (set.find((each) => each.span !== undefined) ?? shown).span ?? shown.span,
      message: say(
        'pods have {0} and services {1}; both need the same address families',
        describe(family(pods)),
        describe(family(services)),
      ),
    };
  },
});

function describe(families: readonly number[]): string {
  return families.map((family) => `IPv${family}`).join(' + ');
}

export const dnsOutside = rule<K3sAnalysis>({
  id: 'k3s/dns-outside-services',
  severity: 'warning',
  summary: 'The address of the cluster DNS is a service, so it lies in the network of services.',

  *check(analysis) {
    const services = networksOf(analysis, 'service-cidr');
    for (const { text, span, open } of valuesFor(analysis, 'cluster-dns')) {
      const address = open ? undefined : parseIp(text);
      const candidates = services.filter((each) => each.cidr.address.family === address?.family);
      if (address === undefined || candidates.length === 0) continue;
      const home = candidates.find((each) => contains(each.cidr, address));
      if (home === undefined)
        yield {
          span,
          message: say(
            '{0} lies outside {1}, the network of services, and no pod reaches it',
            text,
            candidates.map((each) => each.text).join(', '),
          ),
        };
      else if (address.value === firstOf(home.cidr) + 1n)
        yield {
          span,
          message: say('{0} is the address of the API inside the cluster; take another one of {1}', text, home.text),
        };
    }
  },
});

function firstOf({ address, prefix }: Cidr): bigint {
  const host = BigInt((address.family === 4 ? 32 : 128) - prefix);
  return (address.value >> host) << host;
}

export const networkSize = rule<K3sAnalysis>({
  id: 'k3s/network-size',
  severity: 'warning',
  summary: 'The network is too small or too large for what it is for.',

  *check(analysis) {
    for (const { text, cidr, span } of networksOf(analysis, 'service-cidr'))
      if (span !== undefined && cidr.address.family === 6 && cidr.prefix < 108)
        yield { span, message: say('{0} is larger than /108, the most that the API takes for services', text) };
    for (const { text, cidr, span } of networksOf(analysis, 'cluster-cidr')) {
      const node = cidr.address.family === 4 ? 24 : 64;
      if (span === undefined || cidr.prefix <= node || hasOwnNodeMask(analysis)) continue;
      yield { span, message: say("each node takes a /{0} of the pods' network, and {1} has none to give", node, text) };
    }
  },
});

function hasOwnNodeMask(analysis: K3sAnalysis): boolean {
  return valuesFor(analysis, 'kube-controller-manager-arg').some((each) =>
    /node-cidr-mask-size|allocate-node-cidrs/.test(each.text),
  );
}

export const portClash = rule<K3sAnalysis>({
  id: 'k3s/port-clash',
  severity: 'warning',
  summary: 'Two listeners of the node want the same port.',

  *check(analysis) {
    const listen = Number(valueFor(analysis, 'https-listen-port')?.text ?? 6443);
    const balancer = valueFor(analysis, 'lb-server-port');
    if (balancer !== undefined && Number(balancer.text) === listen)
      yield { span: balancer.span, message: say('port {0} is the one the API listens on', listen) };
    const range = valueFor(analysis, 'service-node-port-range');
    const found = /^(\d+)-(\d+)$/.exec(range?.text ?? '');
    if (range !== undefined && found !== null && Number(found[1]) <= listen && listen <= Number(found[2]))
      yield { span: range.span, message: say('the range holds port {0}, which the API listens on', listen) };
  },
});

export const egressMode = rule<K3sAnalysis>({
  id: 'k3s/egress-mode',
  severity: 'warning',
  summary: 'k3s does not know the mode; a server that runs an agent does not start.',

  *check(analysis) {
    const setting = settingOf(analysis, 'egress-selector-mode');
    const value = valueFor(analysis, 'egress-selector-mode');
    const words = setting?.key.values ?? [];
    const isEmpty = setting?.values.at(-1)?.text === '';
    if (setting !== undefined && isEmpty && !isOn(analysis, 'disable-agent'))
      yield {
        span: setting.entry.keySpan,
        message: say('"{0}" has no value; give it one or take the line away', setting.key.key),
      };
    if (value === undefined || words.includes(value.text)) return;
    yield {
      span: value.span,
      message: say(
        '"{0}" is none of the words that "{1}" knows: {2}',
        value.text,
        'egress-selector-mode',
        words.join(', '),
      ),
    };
  },
});

import { type Cidr, contains } from '../../base/address';
import type { Finding } from '../../base/finding';
import { parseSloppyCidr, parseSloppyIp } from '../../base/go-address';
import { say } from '../../base/message';
import type { Span } from '../../base/span';
import { isFilledIn, matches, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { hasOption, optionOf, type Step } from '../../model/runbook/steps';
import type { Command } from '../../syntax/runbook/runbook-tree';
import { sharedAddresses } from '../k3s/networks';
import { familyProblems, podSizeProblem, serviceSizeProblem, usualNodeMask } from '../kubeadm/networks';
import { rule } from '../rule';
import { flagsFrom } from './unknown-flag';

interface Network {
  readonly flag: string;
  readonly text: string;
  readonly cidr: Cidr;
  /** Absent for what counts where nothing is given. */
  readonly span: Span | undefined;
}

export const flagNetworks = rule<RunbookAnalysis>({
  id: 'runbook/flag-networks',
  severity: 'warning',
  summary: 'The networks behind flags of `kubeadm init` or k3s share addresses, or one is too small or too large.',

  *check({ commands, steps }) {
    for (const step of steps) if (step.program === 'kubeadm' && step.args[0]?.text === 'init') yield* ofKubeadm(step);
    for (const command of commands) yield* ofK3s(command);
  },
});

/** The networks that a text lists; undefined where one of them is none, of which runbook/flag-value tells. */
function networksIn(flag: string, text: string, span: Span): readonly Network[] | undefined {
  const cidrs = text.split(',').map(parseSloppyCidr);
  const networks = cidrs.flatMap((cidr, index): Network[] =>
    cidr === undefined ? [] : [{ flag, text: text.split(',')[index] ?? text, cidr, span }],
  );
  return networks.length === cidrs.length ? networks : undefined;
}

const usual = (flag: string, text: string): readonly Network[] => {
  const cidr = parseSloppyCidr(text);
  return cidr === undefined ? [] : [{ flag, text, cidr, span: undefined }];
};

/** What `kubeadm init` refuses of its flags (it says so before its preflight checks), and what it does not notice. */
function* ofKubeadm(step: Step): Iterable<Finding> {
  const read = (flag: string) => {
    const word = optionOf(step, flag);
    if (word === undefined) return { given: false, networks: [] };
    const isKnown = !word.isOpen && !isFilledIn(word.text);
    return { given: true, networks: (isKnown ? networksIn(flag, word.text, word.span) : undefined) ?? [] };
  };
  const pods = read('--pod-network-cidr');
  const services = read('--service-cidr');
  for (const [networks, problem] of [
    [pods.networks, podSizeProblem],
    [services.networks, serviceSizeProblem],
  ] as const) {
    const shown = networks.flatMap(({ span, cidr }) => (span === undefined ? [] : [{ span, cidr }]));
    for (const each of familyProblems(networks[0]?.flag ?? '', shown)) yield { ...each, severity: 'error' };
    for (const { text, cidr, span } of networks) {
      const message = problem(text, cidr);
      if (message !== undefined && span !== undefined) yield { span, severity: 'error', message };
    }
  }
  // What the file says that it is given is not known here.
  const isAlone = !hasOption(step, '--config');
  const used = services.given || !isAlone ? services.networks : usual('--service-cidr', '10.96.0.0/12');
  yield* sharedAddresses(pods.networks, used, 'pods');
  for (const flag of ['--apiserver-advertise-address', '--control-plane-endpoint']) {
    const word = optionOf(step, flag);
    const address = parseSloppyIp(word?.text.replace(/^([\d.]+):\d+$/, '$1') ?? '');
    if (word === undefined || word.isOpen || address === undefined) continue;
    const inside = [...pods.networks, ...used].find(({ cidr }) => contains(cidr, address));
    if (inside !== undefined)
      yield {
        span: word.span,
        message: say('{0} lies in {1}, the network of "{2}"', word.text, inside.text, inside.flag),
      };
  }
}

function* ofK3s(command: Command): Iterable<Finding> {
  const from = flagsFrom(command.text);
  if (from === undefined || !/--(?:cluster|service)-cidr\b/.test(command.text)) return;
  const read = (flag: string) => {
    const written = matches(command, new RegExp(String.raw`(?<=[\s"'=]--${flag}(?:=|\s+)["']?)([^\s"';|&]+)`, 'dg'));
    return {
      given: written.length > 0,
      networks: written.flatMap(({ text, span }) => networksIn(`--${flag}`, text, span) ?? []),
    };
  };
  const pods = read('cluster-cidr');
  const services = read('service-cidr');
  for (const { text, cidr, span } of pods.networks) {
    const message = cidr.prefix > usualNodeMask(cidr) ? podSizeProblem(text, cidr) : undefined;
    if (message !== undefined && span !== undefined && !/node-cidr-mask-size|allocate-node-cidrs/.test(command.text))
      yield { span, message };
  }
  yield* sharedAddresses(
    pods.given ? pods.networks : usual('--cluster-cidr', '10.42.0.0/16'),
    services.given ? services.networks : usual('--service-cidr', '10.43.0.0/16'),
    'pods',
  );
}

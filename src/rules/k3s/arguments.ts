import { say } from '../../base/message';
import { argumentsRelease, componentArguments, releaseOf } from '../../catalog/kubernetes/arguments';
import { type K3sAnalysis, type K3sValue, valuesFor } from '../../model/k3s/analysis';
import { argumentType, argumentValueProblem, unknownArgumentFinding, unknownGateIn } from '../component-argument';
import { rule } from '../rule';

/** The component that each list of arguments is for. */
export const argumentKeys: Readonly<Record<string, string>> = {
  'kube-apiserver-arg': 'kube-apiserver',
  'kube-controller-manager-arg': 'kube-controller-manager',
  'kube-controller-arg': 'kube-controller-manager',
  'kube-scheduler-arg': 'kube-scheduler',
  'kubelet-arg': 'kubelet',
  'kube-proxy-arg': 'kube-proxy',
  'etcd-arg': 'etcd',
};

interface GivenArgument {
  readonly component: string;
  readonly key: string;
  /** Without dashes, and without the `+` or `-` that adds to the value k3s sets (k3s-io/k3s pkg/util/args.go). */
  readonly name: string;
  /** Absent for a bare name. */
  readonly text: string | undefined;
  readonly value: K3sValue;
}

function* argumentsOf(analysis: K3sAnalysis): Iterable<GivenArgument> {
  for (const [key, component] of Object.entries(argumentKeys))
    for (const value of valuesFor(analysis, key)) {
      if (value.open || value.type === 'nested') continue;
      const plain = value.text.replace(/^-+/, '');
      const equals = plain.indexOf('=');
      const name = (equals < 0 ? plain : plain.slice(0, equals)).replace(/[+-]$/, '');
      yield { component, key, name, text: equals < 0 ? undefined : plain.slice(equals + 1), value };
    }
}

const wholeNumber = /^[+-]?(?:\d+|0[xX][\da-fA-F]+)$/;

export const unknownArgument = rule<K3sAnalysis>({
  id: 'k3s/unknown-argument',
  severity: 'warning',
  summary: 'The component does not know the argument or its value, and k3s ends, mostly with exit status 0.',

  *check(analysis) {
    const { version } = analysis;
    const isOfTable = version?.slice(0, 2).join('.') === argumentsRelease;
    if (version !== undefined && !isOfTable) return;
    for (const { component, key, name, text, value } of argumentsOf(analysis)) {
      const known = componentArguments(component);
      const { span } = value;
      // k3s hands etcd a file, and etcd passes over what it does not know there.
      const severity = isOfTable && component !== 'etcd' ? 'error' : 'warning';
      if (known === undefined || (component === 'etcd' && /^experimental-/.test(name))) continue;
      if (name === '' || /\s/.test(name)) {
        yield { span, message: say('"{0}" takes items of the form name=value', key) };
        continue;
      }
      const type = argumentType(known, name);
      if (type === undefined) {
        const found = unknownArgumentFinding(component, name, known, { span, text: value.written });
        const isSilent = component === 'etcd' && found.fixes?.length === 0;
        yield {
          ...found,
          severity,
          ...(isSilent
            ? {
                message: say(
                  'etcd of v{0} has no argument "{1}", and k3s says nothing of it',
                  releaseOf(component),
                  name,
                ),
              }
            : {}),
        };
        continue;
      }
      const message =
        text === undefined ? undefined : argumentValueProblem({ component, name, type, text }, wholeNumber);
      if (message !== undefined) yield { span, severity, message };
      const gate =
        isOfTable && component !== 'etcd' && name === 'feature-gates' ? unknownGateIn(text ?? '') : undefined;
      if (gate !== undefined)
        yield {
          span,
          severity,
          message: say('Kubernetes v{0} has no feature gate "{1}"', argumentsRelease, gate),
        };
    }
  },
});

export const joinedArguments = rule<K3sAnalysis>({
  id: 'k3s/joined-arguments',
  severity: 'warning',
  summary: 'k3s does not split arguments at commas: the first one gets the others as its value.',

  *check(analysis) {
    for (const { component, key, text, value } of argumentsOf(analysis)) {
      const known = componentArguments(component);
      const [, second = ''] = /,\s*-*([a-z][a-z0-9-]*)=/.exec(text ?? '') ?? [];
      if (known?.has(second) !== true) continue;
      const parts = value.text.split(/,\s*(?=-*[a-z][a-z0-9-]*=)/);
      const isWhole = analysis.settings.some(({ entry }) => entry.value.span === value.span);
      yield {
        span: value.span,
        ...(isWhole
          ? {
              fixes: [
                {
                  title: say('Write it as a list'),
                  edits: [{ span: value.span, newText: `[${parts.map((each) => JSON.stringify(each)).join(', ')}]` }],
                  confidence: 'review' as const,
                },
              ],
            }
          : {}),
        message: say('commas do not separate arguments; give "{0}" of "{1}" an item of its own', second, key),
      };
    }
  },
});

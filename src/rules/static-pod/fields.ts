import { parseIp } from '../../base/address';
import type { Finding, Fix } from '../../base/finding';
import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import type { Span } from '../../base/span';
import { podStructures, podWords } from '../../catalog/kubernetes/pod-fields';
import type { PodPart, PodValue, StaticPodAnalysis } from '../../model/static-pod/analyse-static-pod';
import { goScalar } from '../../syntax/go-scalar';
import { entryOf, scalarAt, type YamlScalar, type YamlValue } from '../../syntax/located-yaml';
import { rule } from '../rule';

/** What a script or a reader fills in. */
export const isOpen = (text: string): boolean => /[$<>{}%@]|\.\.\.|…|^[A-Z]+(?:_[A-Z]+)+$/.test(text);

/** The fix that writes something else in the place of a word. */
export const change = (span: Span, newText: string): readonly Fix[] => [
  { title: say('Change to "{0}"', newText), edits: [{ span, newText }], confidence: 'review' },
];

/** Structures whose fields are mixed up when a line has too few or too many blanks. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  Pod: ['PodSpec', 'Metadata'],
  Metadata: ['PodSpec'],
  PodSpec: ['Container', 'Pod'],
  Container: ['PodSpec', 'Rights'],
  Rights: ['Capabilities', 'Container'],
  Volume: ['HostPath', 'PodSpec'],
  Mount: ['Container'],
  Variable: ['Container', 'Source'],
};

/** How a structure is called where a field belongs into it. */
const names: Readonly<Record<string, string>> = {
  Pod: 'Pod',
  Metadata: 'metadata',
  PodSpec: 'spec',
  Container: 'containers[]',
  Rights: 'securityContext',
  Capabilities: 'securityContext.capabilities',
  HostPath: 'hostPath',
  Source: 'valueFrom',
};

export const unknownField = rule<StaticPodAnalysis>({
  id: 'static-pod/unknown-field',
  severity: 'warning',
  summary: 'A pod has no field of this name at this place; the kubelet passes it over without a word.',

  *check({ pods }) {
    for (const { parts } of pods)
      for (const { map, structure } of parts) {
        const fields = podStructures.get(structure);
        if (fields === undefined) continue;
        for (const { key, keySpan } of map.entries) {
          if (fields.has(key) || isOpen(key) || key === '<<') continue;
          const meant = nearestField(
            key,
            [...fields.keys()].filter((each) => !map.entries.some((one) => one.key === each)),
          );
          if (meant !== undefined) {
            yield {
              span: keySpan,
              message: say('"{0}" is no field here; did you mean "{1}"?', key, meant),
              fixes: change(keySpan, meant),
            };
            continue;
          }
          const home = neighbours[structure]?.find((each) => podStructures.get(each)?.has(key));
          if (home !== undefined)
            yield {
              span: keySpan,
              message: say(
                '"{0}" is a field of {1} and does nothing here: look at the indentation',
                key,
                names[home] ?? home,
              ),
            };
        }
      }
  },
});

/** The field that is meant: the same letters in other capitals, or one slip away. Short names have too many neighbours. */
function nearestField(key: string, fields: readonly string[]): string | undefined {
  const same = fields.find((each) => each.toLowerCase() === key.toLowerCase().replace(/[-_]/g, ''));
  if (same !== undefined) return same;
  return key.length < 5 ? undefined : nearest(key, fields);
}

/** What a field wants, in words. */
const wanted: Readonly<Record<string, Message>> = {
  s: say('a text'),
  b: say('true or false'),
  i: say('a whole number'),
  q: say('a quantity such as 100m or 64Mi'),
  p: say('a port'),
};

/** What Go's readers make of a plain value, and what they say of it. */
const made: Readonly<Record<string, Message>> = {
  bool: say('true or false'),
  int: say('a number'),
  float: say('a number'),
  text: say('a text'),
};

const quantity = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+|[KMGTPE]i|[numkMGTPE])?$/;

export const wrongKind = rule<StaticPodAnalysis>({
  id: 'static-pod/wrong-kind',
  severity: 'error',
  summary: 'A value of another kind than its field holds; neither the kubelet nor the API server takes the pod.',

  *check({ pods }) {
    for (const { values } of pods)
      for (const each of values) {
        const { entry, value, type, shape } = each;
        const span = value.kind === 'scalar' ? value.span : entry.keySpan;
        const plain = value.kind === 'scalar' ? goScalar(value) : undefined;
        if (plain?.type === 'null' || (value.kind === 'scalar' && isOpen(value.text))) continue;
        if (shape === 'list') {
          if (value.kind !== 'list') yield { span, message: say('"{0}" is a list', entry.key), fixes: asList(each) };
        } else if (shape === 'map') {
          if (value.kind !== 'map') yield { span, message: say('"{0}" holds names with values', entry.key) };
        } else if (type.length > 1) {
          if (value.kind !== 'map') yield { span, message: say('"{0}" has fields of its own', entry.key) };
        } else if (value.kind !== 'scalar' || plain === undefined) {
          const text = wanted[type];
          if (text !== undefined) yield { span, message: say('"{0}" takes {1}', entry.key, text) };
        } else if (type === 'q') {
          if (!quantity.test(value.text))
            yield { span, message: say('"{0}" is no quantity such as 100m or 64Mi', value.text) };
        } else if (!fits(type, plain.type)) {
          const [text, found] = [wanted[type], made[plain.type]];
          if (text === undefined || found === undefined) continue;
          yield {
            span,
            message: say('"{0}" takes {1}, and YAML reads this as {2}', entry.key, text, found),
            fixes: otherForm(value, type),
          };
        }
      }
  },
});

function fits(type: string, found: string): boolean {
  if (type === 's') return found === 'text';
  if (type === 'b') return found === 'bool';
  if (type === 'i') return found === 'int';
  return found === 'int' || found === 'text';
}

/** Puts a text into quotes, or takes the quotes of a number or a truth value away. */
function otherForm({ text, quoted, span }: YamlScalar, type: string): readonly Fix[] {
  if (type === 's') return change(span, `"${text}"`);
  const plain = goScalar({ text, quoted: false }).type;
  return quoted && fits(type, plain) ? change(span, text) : [];
}

function asList({ value, type }: PodValue): readonly Fix[] {
  return value.kind === 'scalar' && type === 's' && /^[\w./=:-]+$/.test(value.text)
    ? change(value.span, `["${value.text}"]`)
    : [];
}

/** A name of a container or a volume, and one of a pod (k8s.io/apimachinery pkg/util/validation). */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const subdomain = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const nameForms: Readonly<Record<string, RegExp>> = {
  'Container.name': label,
  'Volume.name': label,
  'Metadata.name': subdomain,
  'Metadata.namespace': label,
};

/** What the environment may take from the pod itself (kubernetes/kubernetes pkg/apis/core/validation). */
const fieldPath =
  /^(?:metadata\.(?:name|namespace|uid|(?:labels|annotations)\['[^']+'\])|spec\.(?:nodeName|serviceAccountName)|status\.(?:hostIPs?|podIPs?))$/;
const fieldPaths = ['metadata.name', 'metadata.namespace', 'spec.nodeName', 'status.hostIP', 'status.podIP'];

/** What a pod may not say beside each other (kubernetes/kubernetes pkg/apis/core/validation). */
function* togetherProblems({ map, structure }: PodPart, onHost: boolean): Iterable<Finding> {
  const entry = (key: string) => entryOf(map, key);
  const has = (key: string) => isGiven(entry(key)?.value);
  const switched = (key: string) => scalarAt(map, key)?.text;
  if (structure === 'Variable' && scalarAt(map, 'value') !== undefined && has('valueFrom')) {
    const span = entry('valueFrom')?.keySpan;
    if (span !== undefined) yield { span, message: say('a variable has "value" or "valueFrom", not both') };
  }
  const name = structure === 'Variable' ? scalarAt(map, 'name') : undefined;
  if (name?.text.includes('=') === true)
    yield { span: name.span, message: say('"{0}" is no name of a variable', name.text) };
  const ip = structure === 'HostAlias' ? scalarAt(map, 'ip') : undefined;
  if (ip !== undefined && !isOpen(ip.text) && parseIp(ip.text) === undefined)
    yield { span: ip.span, message: say('"{0}" is no address', ip.text) };
  const host = structure === 'Port' ? scalarAt(map, 'hostPort') : undefined;
  const inside = scalarAt(map, 'containerPort');
  if (
    onHost &&
    host !== undefined &&
    inside !== undefined &&
    host.text !== inside.text &&
    !isOpen(host.text + inside.text)
  )
    yield {
      span: host.span,
      message: say('with hostNetwork: true "hostPort" is the same as "containerPort", which is {0}', inside.text),
      fixes: change(host.span, inside.text),
    };
  if (structure === 'Rights' && switched('privileged') === 'true' && switched('allowPrivilegeEscalation') === 'false') {
    const span = entry('allowPrivilegeEscalation')?.keySpan;
    if (span !== undefined)
      yield {
        span,
        message: say('a privileged container cannot be kept from further rights: leave one of the two out'),
      };
  }
  for (const [owner, words] of oneOf) {
    if (owner !== structure) continue;
    const given = map.entries.filter(({ key }) => words.includes(key) && has(key));
    const second = given[1];
    if (second !== undefined)
      yield {
        span: second.keySpan,
        message: say('only one of {0} may stand here', given.map((each) => each.key).join(', ')),
      };
  }
}

const isGiven = (value: YamlValue | undefined): boolean =>
  value !== undefined && (value.kind !== 'scalar' || value.text !== '');

/** How a probe asks. */
const probes: readonly string[] = ['exec', 'httpGet', 'tcpSocket', 'grpc'];

/** Fields of which a structure has one. */
const oneOf: readonly (readonly [structure: string, fields: readonly string[]])[] = [
  ['Probe', probes],
  ['Volume', [...(podStructures.get('Volume')?.keys() ?? [])].filter((each) => each !== 'name')],
  ['Source', [...(podStructures.get('Source')?.keys() ?? [])]],
];

const apiVersions: Readonly<Record<'Pod' | 'DaemonSet', string>> = { Pod: 'v1', DaemonSet: 'apps/v1' };

export const badValue = rule<StaticPodAnalysis>({
  id: 'static-pod/bad-value',
  severity: 'error',
  summary: 'A word, name, path or port that Kubernetes does not take; the pod is not started.',

  *check({ pods }) {
    for (const { root, kind, structure, spec, parts, values } of pods) {
      const onHost = scalarAt(spec, 'hostNetwork')?.text === 'true';
      for (const part of parts) yield* togetherProblems(part, onHost);
      if (kind.text !== structure)
        yield {
          span: kind.span,
          message: say('"{0}" is no kind; did you mean "{1}"?', kind.text, structure),
          fixes: change(kind.span, structure),
        };
      const api = scalarAt(root, 'apiVersion');
      const wantedApi = apiVersions[structure];
      // DaemonSets were in these until Kubernetes v1.16, which `apps/v1` replaced.
      if (api !== undefined && api.text !== wantedApi && !isOpen(api.text))
        yield {
          span: api.span,
          message: say('a {0} has the apiVersion "{1}"', structure, wantedApi),
          fixes: change(api.span, wantedApi),
        };
      for (const { structure: owner, entry, value, shape } of values) {
        if (value.kind !== 'scalar' || shape !== 'one' || value.text === '' || isOpen(value.text)) continue;
        const { text, span } = value;
        const place = `${owner}.${entry.key}`;
        const words = podWords[place];
        if (words !== undefined && !words.includes(text)) {
          const meant = words.find((each) => each.toLowerCase() === text.toLowerCase()) ?? nearest(text, words);
          yield {
            span,
            message: say('"{0}" takes one of {1}', entry.key, words.join(', ')),
            fixes: meant === undefined ? [] : change(span, meant),
          };
        } else if (nameForms[place]?.test(text) === false)
          yield {
            span,
            message: say('"{0}" is no name: small letters, digits and "-", with a letter or digit at both ends', text),
          };
        else if (/^Port\.(?:containerPort|hostPort)$/.test(place) && !(Number(text) >= 1 && Number(text) <= 65535)) {
          if (/^[\d-]+$/.test(text)) yield { span, message: say('a port is a number from 1 to 65535') };
        } else if (place === 'HostPath.path' && text.split('/').includes('..'))
          yield { span, message: say('the path of a hostPath may not go up with ".."') };
        else if (place === 'FieldRef.fieldPath' && !fieldPath.test(text)) {
          const meant = nearest(text, fieldPaths);
          yield {
            span,
            message: say('a variable cannot be taken from "{0}"', text),
            fixes: meant === undefined ? [] : change(span, meant),
          };
        }
      }
    }
  },
});

export const missingField = rule<StaticPodAnalysis>({
  id: 'static-pod/missing-field',
  severity: 'error',
  absence: true,
  summary: 'A container has no name, or a probe does not say what it asks; the pod is not started.',

  *check({ pods }) {
    for (const { isPart, parts } of pods) {
      if (isPart) continue;
      for (const { map, structure } of parts) {
        const first = map.entries[0];
        if (first === undefined || map.entries.some(({ key }) => key === '<<')) continue;
        const lacks = (key: string) => !isGiven(entryOf(map, key)?.value);
        if (structure === 'Container' && lacks('name'))
          yield { span: first.keySpan, message: say('this container has no name') };
        if (structure === 'Probe' && probes.every(lacks))
          yield {
            span: first.keySpan,
            message: say('this probe asks nothing: one of {0} is missing', probes.join(', ')),
          };
      }
    }
  },
});

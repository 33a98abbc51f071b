import { catalogText, type Message, render, type Speak, say } from '../../base/message';
import { touches } from '../../base/span';
import { elementOf, type SchemaField } from '../../catalog/kubeadm/fields';
import type { KubeadmAnalysis, KubeadmDocument } from '../../model/kubeadm/analysis';
import { fieldsOf } from '../../model/kubeadm/content';
import { argumentsOf } from '../../model/kubeadm/lookup';
import type { YamlScalar, YamlValue } from '../../syntax/located-yaml';
import type { Hover, HoverContext } from '../language';
import { hoverOfArgument } from '../yaml/argument-hover';
import { describeDefault, describeValue } from '../yaml/describe-value';

const manual = 'https://kubernetes.io/docs/reference/config-api/';

/** What the kinds are for. */
const kinds: Readonly<Record<string, Message>> = {
  InitConfiguration: say('What `kubeadm init` is told about this one node.'),
  ClusterConfiguration: say('What the whole cluster shares; `kubeadm init` reads it and keeps it in the cluster.'),
  JoinConfiguration: say('What `kubeadm join` is told about a node that joins.'),
  ResetConfiguration: say('What `kubeadm reset` is told.'),
  UpgradeConfiguration: say('What the commands of `kubeadm upgrade` are told.'),
  KubeletConfiguration: say('The kubelet of every node; `kubeadm init` keeps it in the cluster.'),
  KubeProxyConfiguration: say('kube-proxy of every node; `kubeadm init` keeps it in the cluster.'),
};

/** What a field or its type is for, with what it takes. */
export function describeField(field: SchemaField, speak: Speak = render): string {
  const { text, values, default: usual, only, since, secret } = field;
  const lines = text === undefined ? [] : [speak(catalogText(text))];
  if (usual !== undefined) lines.push(describeDefault(usual, speak));
  if (values !== undefined) lines.push(speak(say('Values: {0}', values.join(', '))));
  if (only !== undefined) lines.push(speak(say('In {0} only', only)));
  if (since !== undefined) lines.push(speak(say('Since kubeadm v{0}', since)));
  if (secret === true) lines.push(speak(say('A secret: keep it out of repositories.')));
  return lines.join('\n\n');
}

/** What a field holds, in a few words. */
export function formOf({ type }: SchemaField, speak: Speak): string {
  const { shape, base } = elementOf(type);
  if (shape === 'list') return speak(say('list of {0}', base));
  return shape === 'map' ? speak(say('names with {0}', base)) : base;
}

/** Which releases read a version (kubernetes/kubernetes cmd/kubeadm/app/apis/kubeadm, and what v1.34 says of v1beta3). */
const versions: Readonly<Record<string, Message>> = {
  v1beta4: say('kubeadm v1.31 and later read it.'),
  v1beta3: say(
    'kubeadm v1.22 and later read it. Deprecated since v1.31: "kubeadm config migrate" makes v1beta4 of it.',
  ),
};

export function hover(
  analysis: KubeadmAnalysis,
  offset: number,
  context?: HoverContext<KubeadmAnalysis>,
): Hover | undefined {
  const speak = context?.speak ?? render;
  const document = analysis.documents.find((each) => touches(each.span, offset));
  if (document?.schema === undefined) return undefined;
  const { kind, schema, content } = document;
  if (kind !== undefined && touches(kind.span, offset)) {
    const text = kinds[kind.text];
    return text === undefined
      ? undefined
      : { span: kind.span, markdown: `**${kind.text}**\n\n${speak(text)}\n\n${linkOf(document)}` };
  }
  const { apiVersion, api } = document;
  if (api !== undefined && apiVersion !== undefined && touches(apiVersion.span, offset)) {
    const text = versions[api];
    return text === undefined
      ? undefined
      : { span: apiVersion.span, markdown: `**${apiVersion.text}**\n\n${speak(text)}\n\n${linkOf(document)}` };
  }
  for (const { component, name, nameSpan, value } of argumentsOf(analysis)) {
    const span = [nameSpan, value?.span].find((each) => each !== undefined && touches(each, offset));
    const found = span && hoverOfArgument(component, name, span, speak);
    if (found !== undefined) return found;
  }
  for (const object of content.objects) {
    const entry = object.entries.find(
      (each) => touches(each.keySpan, offset) || plainAt(each.value, offset) !== undefined,
    );
    if (entry === undefined) continue;
    const onKey = touches(entry.keySpan, offset);
    const plain = onKey ? undefined : plainAt(entry.value, offset);
    const field = fieldsOf(schema, object.type, object.path).find((each) => each.field === entry.key);
    if (field === undefined || field.in === '') return undefined;
    const form = formOf(field, speak);
    const body = describeField(field, speak);
    const value =
      plain === undefined || field.secret === true
        ? undefined
        : describeValue(plain.text, field.type === 'duration', speak);
    const lines = [`**${field.field}** (${form})`, value ?? '', body, linkOf(document)];
    return {
      span: plain?.span ?? entry.keySpan,
      markdown: lines.filter((each) => each !== '').join('\n\n'),
    };
  }
  return undefined;
}

/** The value at a place, on its own or in a list. */
function plainAt(value: YamlValue, offset: number): YamlScalar | undefined {
  for (const each of value.kind === 'list' ? value.items : [value])
    if (each.kind === 'scalar' && touches(each.span, offset)) return each;
  return undefined;
}

function linkOf({ api, kind }: KubeadmDocument): string {
  if (api !== undefined) return `[kubeadm ${api}](${manual}kubeadm-config.${api}/)`;
  return kind?.text === 'KubeletConfiguration'
    ? `[Kubelet Configuration](${manual}kubelet-config.v1beta1/)`
    : `[kube-proxy Configuration](${manual}kube-proxy-config.v1alpha1/)`;
}

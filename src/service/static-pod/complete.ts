import { catalogText, render, type Speak } from '../../base/message';
import { kubeVipVariables } from '../../catalog/kube-vip/environment';
import { podStructures, podWords } from '../../catalog/kubernetes/pod-fields';
import type { StaticPodAnalysis } from '../../model/static-pod/analyse-static-pod';
import type { Completion, Sibling } from '../language';
import { inComment, keyText, spaced, type YamlCursor, yamlCursor } from '../yaml/cursor';

/** The structure at a path of fields, `[]` standing for an item of a list. */
function structureAt(root: string, path: readonly string[]): string | undefined {
  let structure: string | undefined = root;
  for (const part of path) {
    if (part === '[]') continue;
    structure = structure === undefined ? undefined : podStructures.get(structure)?.get(part)?.type;
  }
  return structure;
}

/** The fields of a pod around the cursor, their words, and the variables of kube-vip. */
export function completeStaticPod(
  { text, pods }: StaticPodAnalysis,
  offset: number,
  _siblings: readonly Sibling<StaticPodAnalysis>[] = [],
  speak: Speak = render,
): readonly Completion[] {
  if (inComment(text, offset)) return [];
  const pod = pods.findLast((each) => each.root.span.start <= offset);
  if (pod === undefined) return [];
  const next = pods.find((each) => each.root.span.start > offset);
  const cursor = yamlCursor(text, offset, { start: pod.root.span.start, end: next?.root.span.start ?? text.length });
  if (cursor.isOff) return [];
  const structure = structureAt(pod.structure, cursor.path);
  if (structure === undefined) return [];
  const isOfKubeVip = pod.containers.some((each) => each.kubeVip !== undefined);
  if (cursor.key !== undefined) {
    if (structure === 'Variable' && isOfKubeVip) return spaced(cursor, variables(cursor, text, offset, speak));
    const field = podStructures.get(structure)?.get(cursor.key);
    const words = field?.type === 'b' ? ['true', 'false'] : (podWords[`${structure}.${cursor.key}`] ?? []);
    return spaced(
      cursor,
      words.map((label, order) => value(cursor, label, order)),
    );
  }
  const fields = podStructures.get(structure);
  if (fields === undefined || (cursor.path.at(-1) !== '[]' && isList(pod.structure, cursor.path))) return [];
  return [...fields.keys()]
    .filter((name) => !cursor.siblings.has(name) || name === cursor.word)
    .map((name, order) => ({
      label: name,
      kind: 'keyword',
      span: cursor.span,
      newText: keyText(cursor, name, ': '),
      order,
    }));
}

/** Whether a path leads to a list, whose items begin with a dash. */
function isList(root: string, path: readonly string[]): boolean {
  const last = path.at(-1);
  const owner = last === undefined ? undefined : structureAt(root, path.slice(0, -1));
  return owner !== undefined && last !== undefined && podStructures.get(owner)?.get(last)?.shape !== 'one';
}

const value = (cursor: YamlCursor, label: string, order: number): Completion => ({
  label,
  kind: 'value',
  span: cursor.span,
  newText: label,
  order,
});

/** Names of variables; behind `value` what the one above takes, in quotes: the API server takes texts alone. */
function variables(cursor: YamlCursor, text: string, offset: number, speak: Speak): readonly Completion[] {
  if (cursor.key === 'name')
    return [...kubeVipVariables.values()]
      .filter(({ until }) => until === undefined)
      .map(({ name, text: about }, order) => ({
        ...value(cursor, name, order),
        ...(about === undefined ? {} : { documentation: speak(catalogText(about)) }),
      }));
  if (cursor.key !== 'value') return [];
  const above = [...text.slice(0, offset).matchAll(/\bname:[ \t]*["']?([\w]+)/g)].at(-1)?.[1] ?? '';
  if (kubeVipVariables.get(above)?.kind !== 'bool') return [];
  return ['true', 'false'].map((label, order) => ({
    ...value(cursor, label, order),
    newText: cursor.quote === undefined ? `"${label}"` : label,
  }));
}

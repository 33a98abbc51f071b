import type { Finding } from '../../base/finding';
import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import type { PodDocument, StaticPodAnalysis } from '../../model/static-pod/analyse-static-pod';
import { itemsOf, scalarAt, valueAt, type YamlScalar, type YamlValue } from '../../syntax/located-yaml';
import { rule } from '../rule';
import { change, isOpen } from './fields';

const namesIn = (list: YamlValue | undefined): readonly YamlScalar[] =>
  itemsOf(list).flatMap((each) => scalarAt(each, 'name') ?? []);

/** The second one of each two that are the same. */
function* twice(places: readonly YamlScalar[], message: (text: string) => Message): Iterable<Finding> {
  const seen = new Map<string, YamlScalar>();
  for (const place of places) {
    const first = seen.get(place.text);
    if (first === undefined) seen.set(place.text, place);
    else if (!isOpen(place.text) && first.span.start !== place.span.start)
      yield {
        span: place.span,
        message: message(place.text),
        related: [{ span: first.span, message: say('the first one is here') }],
      };
  }
}

/** Everything that mounts volumes; what is attached to a running pod for a while is in no manifest. */
const mountsIn = ({ initContainers, containers }: PodDocument) =>
  [...initContainers, ...containers].map(({ map }) => itemsOf(valueAt(map, 'volumeMounts')));

export const repeatedName = rule<StaticPodAnalysis>({
  id: 'static-pod/repeated-name',
  severity: 'error',
  summary:
    'Two containers or volumes of a pod have one name, or two mounts of a container one path; the pod is not started.',

  *check({ pods }) {
    for (const pod of pods) {
      const { spec, initContainers, containers } = pod;
      yield* twice(namesIn(valueAt(spec, 'volumes')), (name) =>
        say('a volume named "{0}" is already in this pod', name),
      );
      yield* twice(
        [...initContainers, ...containers].flatMap(({ map }) => scalarAt(map, 'name') ?? []),
        (name) => say('a container named "{0}" is already in this pod', name),
      );
      for (const mounted of mountsIn(pod))
        yield* twice(
          mounted.flatMap((each) => scalarAt(each, 'mountPath') ?? []),
          (path) => say('something is mounted at "{0}" already', path),
        );
    }
  },
});

export const unknownVolume = rule<StaticPodAnalysis>({
  id: 'static-pod/unknown-volume',
  severity: 'error',
  absence: true,
  summary: 'A container mounts a volume that the pod does not have; the pod is not started.',

  *check({ pods }) {
    for (const pod of pods) {
      const known = namesIn(valueAt(pod.spec, 'volumes')).map(({ text }) => text);
      if (pod.isPart || known.some(isOpen)) continue;
      for (const name of mountsIn(pod).flatMap((each) => each.flatMap((one) => scalarAt(one, 'name') ?? []))) {
        if (known.includes(name.text) || isOpen(name.text)) continue;
        const meant = nearest(name.text, known);
        yield {
          span: name.span,
          message:
            meant === undefined
              ? say('the pod has no volume named "{0}"', name.text)
              : say('the pod has no volume named "{0}"; did you mean "{1}"?', name.text, meant),
          fixes: meant === undefined ? [] : change(name.span, meant),
        };
      }
    }
  },
});

export const repeatedVariable = rule<StaticPodAnalysis>({
  id: 'static-pod/repeated-variable',
  severity: 'warning',
  summary: 'A container is given a variable twice; the later one counts.',

  *check({ pods }) {
    for (const { initContainers, containers } of pods)
      for (const { variables } of [...initContainers, ...containers])
        yield* twice(
          variables.map(({ name }) => name),
          (name) => say('"{0}" is given a value above already; this one counts', name),
        );
  },
});

export const unusedVolume = rule<StaticPodAnalysis>({
  id: 'static-pod/unused-volume',
  severity: 'info',
  absence: true,
  summary: 'No container mounts this volume.',

  *check({ pods }) {
    for (const pod of pods) {
      if (pod.isPart) continue;
      const mounted = mountsIn(pod).flat();
      const devices = [...pod.initContainers, ...pod.containers].flatMap(({ map }) =>
        namesIn(valueAt(map, 'volumeDevices')),
      );
      const used = new Set(
        [...mounted.flatMap((each) => scalarAt(each, 'name') ?? []), ...devices].map(({ text }) => text),
      );
      if ([...used].some(isOpen)) continue;
      for (const name of namesIn(valueAt(pod.spec, 'volumes')))
        if (!used.has(name.text) && !isOpen(name.text))
          yield {
            span: name.span,
            message: say('no container mounts the volume "{0}"', name.text),
            tag: 'unnecessary',
          };
    }
  },
});

export const folderForFile = rule<StaticPodAnalysis>({
  id: 'static-pod/folder-for-file',
  severity: 'warning',
  summary: 'A hostPath is called like a file, and its type makes or wants a folder.',

  *check({ pods }) {
    for (const { spec } of pods)
      for (const volume of itemsOf(valueAt(spec, 'volumes'))) {
        const path = scalarAt(volume, 'hostPath', 'path');
        const type = scalarAt(volume, 'hostPath', 'type');
        if (path === undefined || type === undefined || !/^Directory/.test(type.text)) continue;
        if (!/\/[\w-]+\.(?:conf|cfg|ya?ml|sh|crt|key|pem)$/.test(path.text)) continue;
        yield {
          span: type.span,
          message:
            type.text === 'Directory'
              ? say('the pod does not start: "{0}" is a file', path.text)
              : say('where "{0}" is missing the kubelet makes a folder of this name', path.text),
          fixes: change(type.span, 'File'),
        };
      }
  },
});

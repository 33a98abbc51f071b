import type { Finding, Fix } from '../../base/finding';
import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { compareVersions, parseVersion } from '../../base/version';
import {
  componentRelease,
  type FieldPlace,
  type KubeadmVersion,
  kubeadmSchema,
  placesOf,
} from '../../catalog/kubeadm/fields';
import { documentOf, type KubeadmAnalysis, type KubeadmDocument } from '../../model/kubeadm/analysis';
import { type ContentObject, fieldsOf, mergedEntries } from '../../model/kubeadm/content';
import type { YamlEntry } from '../../syntax/located-yaml';
import { rule } from '../rule';
import { hasTemplateMarks } from '../yaml-problem';
import { moveField } from './move-field';

/** Names of older API versions, and where their values stand today. */
const formerPlaces: Readonly<Record<string, FieldPlace>> = {
  apiServerExtraArgs: { kind: 'ClusterConfiguration', path: ['apiServer', 'extraArgs'] },
  controllerManagerExtraArgs: { kind: 'ClusterConfiguration', path: ['controllerManager', 'extraArgs'] },
  schedulerExtraArgs: { kind: 'ClusterConfiguration', path: ['scheduler', 'extraArgs'] },
  apiServerCertSANs: { kind: 'ClusterConfiguration', path: ['apiServer', 'certSANs'] },
  apiServerExtraVolumes: { kind: 'ClusterConfiguration', path: ['apiServer', 'extraVolumes'] },
  nodeName: { kind: 'InitConfiguration', path: ['nodeRegistration', 'name'] },
};

/** What one API version names otherwise than the other. */
const renamed: Readonly<Record<KubeadmVersion, Readonly<Record<string, FieldPlace>>>> = {
  v1beta4: {
    'APIServer.timeoutForControlPlane': {
      kind: 'InitConfiguration',
      path: ['timeouts', 'controlPlaneComponentHealthCheck'],
    },
    'Discovery.timeout': { kind: 'JoinConfiguration', path: ['timeouts', 'discovery'] },
  },
  v1beta3: {
    'Timeouts.controlPlaneComponentHealthCheck': {
      kind: 'ClusterConfiguration',
      path: ['apiServer', 'timeoutForControlPlane'],
    },
    'Timeouts.discovery': { kind: 'JoinConfiguration', path: ['discovery', 'timeout'] },
  },
};

interface StrayField {
  readonly document: KubeadmDocument;
  readonly object: ContentObject;
  readonly entry: YamlEntry;
  readonly path: string;
}

/** Every key that the structure around it does not have. */
function* strayFields({ documents, text }: KubeadmAnalysis): Iterable<StrayField> {
  for (const document of documents) {
    const { schema, content } = document;
    if (schema === undefined) continue;
    for (const object of content.objects) {
      const known = new Set(fieldsOf(schema, object.type, object.path).map((each) => each.field));
      for (const entry of object.entries)
        if (
          !known.has(entry.key) &&
          entry.key !== '<<' &&
          !hasTemplateMarks(text.slice(entry.keySpan.start, entry.keySpan.end + 1))
        )
          yield { document, object, entry, path: object.path === '' ? entry.key : `${object.path}.${entry.key}` };
    }
  }
}

/** The API version other than the document's that has the field in the same structure. */
function otherVersionWith({ document, object, entry }: StrayField): KubeadmVersion | undefined {
  if (document.api === undefined) return undefined;
  const other = document.api === 'v1beta3' ? 'v1beta4' : 'v1beta3';
  const fields = kubeadmSchema(other).fieldsOf(object.type);
  return fields?.some((each) => each.field === entry.key) === true ? other : undefined;
}

/** Where a field that is not known here belongs, if there is one such place. */
function homeOf({ document, object, entry }: StrayField): FieldPlace | undefined {
  const { api, kind } = document;
  if (api === undefined) return undefined;
  const former = formerPlaces[entry.key];
  if (former !== undefined)
    return former.kind === 'InitConfiguration' && kind?.text === 'JoinConfiguration'
      ? { ...former, kind: 'JoinConfiguration' }
      : former;
  // Names that stand in many places, or mean little without theirs, say nothing about where they belong.
  const places = placesOf(entry.key, api).filter((each) => !/^(?:Reset|Upgrade)/.test(each.kind));
  const own = places.filter((each) => each.kind === kind?.text);
  const [only] = own.length > 0 ? own : places;
  if (
    only === undefined ||
    (own.length > 1 && own.some((each) => each.path.length === only.path.length && each !== only))
  )
    return undefined;
  if (own.length === 0 && new Set(places.map((each) => each.path.join('.'))).size > 1) {
    // What a node says of itself stands in one place of each kind; the kind of the file at hand decides.
    return places.find((each) => each.kind === 'InitConfiguration');
  }
  return object.path === '' && only.kind === kind?.text && only.path.length === 1 ? undefined : only;
}

/** Whether kubeadm looks into the documents of kubelet and kube-proxy: beside those that init reads. */
function readsComponents(documents: readonly KubeadmDocument[]): boolean {
  return ['ClusterConfiguration', 'InitConfiguration'].some((kind) => documentOf(documents, kind) !== undefined);
}

/** How sure a stray field is an error: kubeadm upgrade and documents for other releases are read more loosely. */
function severityOf(analysis: KubeadmAnalysis, { document }: StrayField): Finding['severity'] {
  if (document.kind?.text === 'UpgradeConfiguration') return 'warning';
  if (document.api !== undefined) return 'error';
  const { documents, release } = analysis;
  const isRead = readsComponents(documents);
  const isOfTable = release === undefined || Math.abs((release[1] ?? 0) - componentRelease[1]) <= 1;
  return isRead && isOfTable ? 'error' : 'warning';
}

export const unknownField = rule<KubeadmAnalysis>({
  id: 'kubeadm/unknown-field',
  severity: 'error',
  summary: 'The structure has no such field: "kubeadm config validate" refuses the file, init and join drop the value.',

  *check(analysis) {
    for (const stray of strayFields(analysis)) {
      const { document, object, entry, path } = stray;
      if (otherVersionWith(stray) !== undefined || document.schema === undefined) continue;
      const names = fieldsOf(document.schema, object.type, object.path).map((each) => each.field);
      const alike = names.find((each) => each.toLowerCase() === entry.key.toLowerCase());
      if (alike === undefined && homeOf(stray) !== undefined) continue;
      const usual = usualNames.get(entry.key.toLowerCase().replaceAll('-', ''));
      const meant = alike ?? nearest(entry.key, names) ?? names.find((each) => each === usual);
      yield {
        span: entry.keySpan,
        severity: severityOf(analysis, stray) ?? 'error',
        message: unknownMessage(entry.key, meant, path, names),
        fixes:
          meant === undefined
            ? []
            : [
                {
                  title: say('Change to {0}', meant),
                  edits: [{ span: entry.keySpan, newText: meant }],
                  confidence: 'review',
                },
              ],
      };
    }
  },
});

/** What flags of kubeadm and arguments of its components call a field, in small letters and without dashes. */
const usualNames: ReadonlyMap<string, string> = new Map([
  ['podcidr', 'podSubnet'],
  ['clustercidr', 'podSubnet'],
  ['podnetworkcidr', 'podSubnet'],
  ['servicecidr', 'serviceSubnet'],
  ['serviceclusteriprange', 'serviceSubnet'],
  ['servicednsdomain', 'dnsDomain'],
  ['clusterdomain', 'dnsDomain'],
  ['apiserveradvertiseaddress', 'advertiseAddress'],
  ['apiserverbindport', 'bindPort'],
]);

function unknownMessage(key: string, meant: string | undefined, path: string, names: readonly string[]): Message {
  if (meant !== undefined) return say('unknown field "{0}"; did you mean "{1}"?', key, meant);
  const known = names.filter((each) => each !== 'apiVersion' && each !== 'kind');
  return known.length <= 12
    ? say('unknown field "{0}"; known here are {1}', path, known.join(', '))
    : say('unknown field "{0}"', path);
}

export const misplacedField = rule<KubeadmAnalysis>({
  id: 'kubeadm/misplaced-field',
  severity: 'error',
  summary:
    'The field belongs to another structure: "kubeadm config validate" refuses the file, init and join drop the value.',

  *check(analysis) {
    for (const stray of strayFields(analysis)) {
      const { document, object, entry } = stray;
      if (otherVersionWith(stray) !== undefined || document.schema === undefined || document.api === undefined)
        continue;
      const names = fieldsOf(document.schema, object.type, object.path).map((each) => each.field);
      if (names.some((each) => each.toLowerCase() === entry.key.toLowerCase())) continue;
      const home = homeOf(stray);
      if (home === undefined) continue;
      yield {
        span: entry.keySpan,
        message: say('"{0}" does not belong here but to {1} of {2}', entry.key, home.path.join('.'), home.kind),
        fixes: fixOf(moveField(analysis, entry, document.api, home)),
      };
    }
  },
});

export const otherVersionField = rule<KubeadmAnalysis>({
  id: 'kubeadm/other-version-field',
  severity: 'error',
  summary: 'Another API version has the field, this one does not.',

  *check(analysis) {
    for (const stray of strayFields(analysis)) {
      const { document, object, entry } = stray;
      const other = otherVersionWith(stray);
      if (other === undefined || document.api === undefined) continue;
      const home = renamed[document.api][`${object.type}.${entry.key}`];
      const place =
        home?.kind === 'InitConfiguration' && document.kind?.text === 'JoinConfiguration'
          ? { ...home, kind: 'JoinConfiguration' }
          : home;
      yield {
        span: entry.keySpan,
        message:
          place === undefined
            ? say('"{0}" is a field of {1}, and this is {2}', entry.key, other, document.api)
            : say(
                '"{0}" is a field of {1}; in {2} it is {3} of {4}',
                entry.key,
                other,
                document.api,
                place.path.join('.'),
                place.kind,
              ),
        fixes: place === undefined ? [] : fixOf(moveField(analysis, entry, document.api, place)),
      };
    }
    const { release, documents } = analysis;
    for (const { content, schema } of documents) {
      if (schema === undefined) continue;
      for (const { entries, type, path } of content.objects)
        for (const entry of entries) {
          const since = fieldsOf(schema, type, path).find((each) => each.field === entry.key)?.since;
          const from = since === undefined ? undefined : parseVersion(since);
          if (since === undefined || from === undefined) continue;
          if (release !== undefined && compareVersions(release.slice(0, 2), from) >= 0) continue;
          yield {
            span: entry.keySpan,
            ...(release === undefined ? { severity: 'warning' as const } : {}),
            message: say('"{0}" came with kubeadm v{1}; older ones do not know it', entry.key, since),
          };
        }
    }
  },
});

function fixOf(fix: Fix | undefined): readonly Fix[] {
  return fix === undefined ? [] : [fix];
}

/** The entries that a key `<<` brings into its mapping. */
function mergedIn({ value }: YamlEntry): readonly YamlEntry[] {
  return (value.kind === 'list' ? value.items : [value]).flatMap((each) =>
    each.kind === 'map' ? mergedEntries(each) : [],
  );
}

export const duplicateField = rule<KubeadmAnalysis>({
  id: 'kubeadm/duplicate-field',
  severity: 'error',
  summary: 'A field stands twice: "kubeadm config validate" refuses the file, init and join use the last one.',

  *check({ documents }) {
    for (const { root, schema, api, kind } of documents) {
      if (schema === undefined || root === undefined) continue;
      // validate does not look into it, and upgrade only logs what stands twice.
      const isUpgrade = kind?.text === 'UpgradeConfiguration';
      const pending = [root];
      const visited = new Set<number>();
      for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
        if (value.kind === 'list') pending.push(...value.items);
        if (value.kind !== 'map' || visited.has(value.span.start)) continue;
        visited.add(value.span.start);
        const seen = new Map<string, YamlEntry>();
        // What `<<` brings in stands there as well, and what it brings in after a key of the mapping is a second one.
        const entries = value.entries.flatMap((entry) =>
          entry.key === '<<' ? mergedIn(entry).map((each) => ({ ...each, keySpan: entry.keySpan })) : [entry],
        );
        for (const entry of value.entries) pending.push(entry.value);
        for (const entry of entries) {
          const before = seen.get(entry.key);
          seen.set(entry.key, entry);
          if (before === undefined) continue;
          yield {
            span: entry.keySpan,
            ...(isUpgrade || (api === undefined && !readsComponents(documents))
              ? { severity: 'warning' as const }
              : {}),
            message: isUpgrade
              ? say('"{0}" stands twice, and only this one counts', entry.key)
              : say('"{0}" stands twice; init and join would use this one, validate refuses the file', entry.key),
            related: [{ span: before.keySpan, message: say('the first one') }],
          };
        }
      }
    }
  },
});

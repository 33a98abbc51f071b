import { describedBy } from '../kubernetes/arguments';
import componentRows from '../kubernetes/component-types.json';
import fieldRows from './fields.json';

/** The API versions of kubeadm's configuration that releases of today read. */
export type KubeadmVersion = 'v1beta3' | 'v1beta4';

/** A field of one type. `type` is a scalar, a type of the tables, `T[]`, `map<string,T>` or `ExtraArgs`. */
export interface SchemaField {
  readonly in: string;
  readonly field: string;
  readonly type: string;
  readonly text?: string;
  /** The one API version that has it. */
  readonly only?: KubeadmVersion;
  /** The minor release of kubeadm that came with it, where the API version is older. */
  readonly since?: string;
  readonly default?: string;
  readonly values?: readonly string[];
  readonly format?: string;
  /** kubeadm takes any value; what is wrong shows later, in the kubelet or in a static pod. */
  readonly unchecked?: boolean;
  readonly secret?: boolean;
}

/** The types of one group of documents. */
export interface Schema {
  /** The fields of a type, or undefined for a type that is no structure. */
  fieldsOf(type: string): readonly SchemaField[] | undefined;
}

const rows = fieldRows as unknown as readonly SchemaField[];

/** Types that have the fields of another one too (kubernetes/kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go). */
const inherits: Readonly<Record<string, string>> = {
  APIServer: 'ControlPlaneComponent',
  LocalEtcd: 'ImageMeta',
  DNS: 'ImageMeta',
};

/** Structures without fields of their own. */
const bare = ['ControlPlaneComponent'];

function schemaOf(version: KubeadmVersion): Schema {
  const types = new Map<string, SchemaField[]>(bare.map((name) => [name, []]));
  for (const row of rows) {
    const fields = types.get(row.in) ?? [];
    types.set(row.in, fields);
    if (row.only !== undefined && row.only !== version) continue;
    const type = row.type === 'ExtraArgs' ? (version === 'v1beta3' ? 'map<string,string>' : 'Arg[]') : row.type;
    fields.push(type === row.type ? row : { ...row, type });
  }
  for (const [name, parent] of Object.entries(inherits))
    types.set(name, [...(types.get(name) ?? []), ...(types.get(parent) ?? [])]);
  return { fieldsOf: (type) => types.get(type) };
}

const schemas: Readonly<Record<KubeadmVersion, Schema>> = {
  v1beta3: schemaOf('v1beta3'),
  v1beta4: schemaOf('v1beta4'),
};

export function kubeadmSchema(version: KubeadmVersion): Schema {
  return schemas[version];
}

/** The release whose kubelet and kube-proxy the table of their fields is of. */
export const componentRelease = [1, 34] as const;

const componentTypes = new Map<string, readonly SchemaField[]>(
  Object.entries(componentRows as Readonly<Record<string, Readonly<Record<string, string>>>>).map(([name, types]) => [
    name,
    Object.entries(types).flatMap(([type, names]) =>
      names.split(' ').map((field) => ({ in: name, field, type, ...describedBy(name, field) })),
    ),
  ]),
);

/** KubeletConfiguration and KubeProxyConfiguration, which kubeadm hands on to the components. */
export const componentSchema: Schema = { fieldsOf: (type) => componentTypes.get(type) };

/** The kinds of kubeadm documents and the API versions that know them. */
export const kubeadmKinds: ReadonlyMap<string, readonly KubeadmVersion[]> = new Map([
  ['InitConfiguration', ['v1beta3', 'v1beta4']],
  ['ClusterConfiguration', ['v1beta3', 'v1beta4']],
  ['JoinConfiguration', ['v1beta3', 'v1beta4']],
  ['ResetConfiguration', ['v1beta4']],
  ['UpgradeConfiguration', ['v1beta4']],
]);

/** The API versions of the component documents that kubeadm passes on. */
export const componentKinds: ReadonlyMap<string, string> = new Map([
  ['KubeletConfiguration', 'kubelet.config.k8s.io/v1beta1'],
  ['KubeProxyConfiguration', 'kubeproxy.config.k8s.io/v1alpha1'],
]);

/** The last minor release of kubeadm that reads an API version that is gone. */
export const goneVersions: ReadonlyMap<string, string> = new Map([
  ['v1alpha1', '1.11'],
  ['v1alpha2', '1.12'],
  ['v1alpha3', '1.14'],
  ['v1beta1', '1.15'],
  ['v1beta2', '1.22'],
]);

/** A type without its list or map around it. */
export function elementOf(type: string): { readonly shape: 'one' | 'list' | 'map'; readonly base: string } {
  if (type.endsWith('[]')) return { shape: 'list', base: type.slice(0, -2) };
  const item = /^map<string,(.+)>$/.exec(type)?.[1];
  return item === undefined ? { shape: 'one', base: type } : { shape: 'map', base: item };
}

/** Where a field of this name stands in an API version: the kind and the path of fields to it. */
export interface FieldPlace {
  readonly kind: string;
  readonly path: readonly string[];
}

const placesByVersion = new Map<KubeadmVersion, ReadonlyMap<string, readonly FieldPlace[]>>();

/** Every place of `field` that lists and maps are not on the way to. */
export function placesOf(field: string, version: KubeadmVersion): readonly FieldPlace[] {
  let places = placesByVersion.get(version);
  if (places === undefined) {
    const found = new Map<string, FieldPlace[]>();
    const visit = (kind: string, type: string, path: readonly string[]) => {
      for (const each of schemas[version].fieldsOf(type) ?? []) {
        const here = [...path, each.field];
        found.set(each.field, [...(found.get(each.field) ?? []), { kind, path: here }]);
        if (elementOf(each.type).shape === 'one') visit(kind, each.type, here);
      }
    };
    for (const [kind, versions] of kubeadmKinds) if (versions.includes(version)) visit(kind, kind, []);
    places = found;
    placesByVersion.set(version, places);
  }
  return places.get(field) ?? [];
}

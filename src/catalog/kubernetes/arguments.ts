import table from './component-arguments.json';
import texts from './texts.json';

/** What an argument of a component takes. */
type ArgumentType = 'bool' | 'int' | 'duration' | 'other';

/** The release that the table is of, `major.minor`. */
export const argumentsRelease: string = table.of;

/** The release of one component in the table; etcd has releases of its own. */
export function releaseOf(component: string): string {
  return component === 'etcd' ? table.etcdOf : table.of;
}

const components = new Map(
  Object.entries(table.components as Readonly<Record<string, Readonly<Record<ArgumentType, string>>>>).map(
    ([component, types]) => [
      component,
      new Map(
        (Object.entries(types) as [ArgumentType, string][]).flatMap(([type, names]) =>
          names.split(' ').map((name) => [name, type] as const),
        ),
      ),
    ],
  ),
);

/** `gates` are those that the help of the components lists, `settledGates` those that they still take and no longer list. */
const gates: ReadonlySet<string> = new Set([...table.gates.split(' '), ...table.settledGates.split(' ')]);

/** The arguments of a component; undefined for one that the table does not have. */
export function componentArguments(component: string): ReadonlyMap<string, ArgumentType> | undefined {
  return components.get(component);
}

/** What the best known arguments of components and fields of their configurations are for, and what they are without. */
const described = texts as unknown as Readonly<Record<string, Readonly<Record<string, readonly [string, string?]>>>>;

/** What an argument of a component, or a field of a type of its configuration, is for; undefined for the lesser known. */
export function describedBy(
  owner: string,
  name: string,
): { readonly text: string; readonly default?: string } | undefined {
  const rows = described[owner];
  const [text, usual] = (rows !== undefined && Object.hasOwn(rows, name) ? rows[name] : undefined) ?? [];
  if (text === undefined) return undefined;
  return usual === undefined ? { text } : { text, default: usual };
}

/** The feature gates of Kubernetes of the table's release that are not settled for good. */
export const featureGates: readonly string[] = table.gates.split(' ').sort();

/** Whether Kubernetes of the table's release has a feature gate of this name. */
export function isFeatureGate(name: string): boolean {
  return gates.has(name);
}

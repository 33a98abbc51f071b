import type { Span } from '../../base/span';
import { parseVersion } from '../../base/version';
import {
  entryOf,
  itemsOf,
  parseLocatedYaml,
  scalarAt,
  scalarsOf,
  type YamlDocument,
  type YamlMap,
  type YamlValue,
} from '../../syntax/located-yaml';
import {
  type Distribution,
  type Inventory,
  type InventoryCluster,
  type InventoryConfig,
  type InventoryNode,
  type InventoryVersions,
  type Role,
  roles,
  type SshSettings,
} from './inventory';

/** A word of the inventory and where it stands. */
export interface Word {
  readonly value: string;
  readonly span: Span;
}

export interface LocatedNode {
  readonly name: Word | undefined;
  readonly address: Word | undefined;
  readonly roles: readonly Word[];
  readonly map: YamlMap;
}

interface LocatedConfig {
  readonly file: Word | undefined;
  readonly on: readonly Word[];
  readonly map: YamlMap;
}

export interface LocatedCluster {
  readonly name: Word | undefined;
  readonly distribution: Word | undefined;
  readonly endpoint: Word | undefined;
  readonly nodes: readonly LocatedNode[];
  readonly configs: readonly LocatedConfig[];
  readonly map: YamlMap;
}

/** The text of an inventory, read: every word with its place for the rules, and the plain values for everybody else. */
export interface InventoryAnalysis {
  readonly text: string;
  readonly document: YamlDocument;
  /** The documents behind a `---`, which nobody reads. */
  readonly unread: readonly YamlDocument[];
  readonly clusters: readonly LocatedCluster[];
  readonly inventory: Inventory;
}

/** Accepts any text; what is not understood is absent from the values and still in `document`. */
export function analyseInventory(text: string): InventoryAnalysis {
  const [document = { root: undefined, problems: [] }, ...unread] = parseLocatedYaml(withoutVersion(text));
  const clusters = mapsIn(entryOf(document.root, 'clusters')?.value).map(readCluster);
  return { text, document, unread, clusters, inventory: { clusters: clusters.map(plainCluster) } };
}

/** Go's reader refuses every YAML but 1.1 by its first line; nobody but Haven reads an inventory, and it has only plain values. */
function withoutVersion(text: string): string {
  return text.replace(/^%YAML[ \t]+1\.\d+[ \t]*(?:#.*)?$/m, (line) => ' '.repeat(line.length));
}

/** The inventory of `text` as plain values. */
export function parseInventory(text: string): Inventory {
  return analyseInventory(text).inventory;
}

function readCluster(map: YamlMap): LocatedCluster {
  return {
    name: wordAt(map, 'name'),
    distribution: wordAt(map, 'distribution'),
    endpoint: wordAt(map, 'endpoint'),
    nodes: mapsIn(entryOf(map, 'nodes')?.value).map((node) => ({
      name: wordAt(node, 'name'),
      address: wordAt(node, 'address'),
      roles: wordsAt(node, 'roles'),
      map: node,
    })),
    configs: mapsIn(entryOf(map, 'configs')?.value).map((config) => ({
      file: wordAt(config, 'file'),
      on: wordsAt(config, 'on'),
      map: config,
    })),
    map,
  };
}

function plainCluster(cluster: LocatedCluster, index: number): InventoryCluster {
  const shared = sshOf(cluster.map);
  const endpoint = cluster.endpoint?.value;
  return {
    name: cluster.name?.value ?? `cluster-${index + 1}`,
    distribution: distributionOf(cluster.distribution?.value),
    ...(endpoint === undefined ? {} : { endpoint }),
    versions: versionsOf(cluster.map),
    nodes: cluster.nodes.flatMap((node): InventoryNode[] =>
      node.name === undefined
        ? []
        : [
            {
              name: node.name.value,
              address: node.address?.value ?? node.name.value,
              roles: node.roles.map((role) => role.value).filter((role): role is Role => roles.includes(role as Role)),
              ssh: { ...shared, ...sshOf(node.map) },
            },
          ],
    ),
    configs: cluster.configs.flatMap((config): InventoryConfig[] => {
      if (config.file === undefined) return [];
      const path = scalarAt(config.map, 'path')?.text;
      const on = config.on.map((name) => name.value);
      return [{ file: config.file.value, on, ...(path === undefined ? {} : { path }) }];
    }),
  };
}

function distributionOf(word: string | undefined): Distribution {
  return word === 'kubeadm' ? 'kubeadm' : 'k3s';
}

function sshOf(map: YamlMap): SshSettings {
  const ssh = entryOf(map, 'ssh')?.value;
  const user = scalarAt(ssh, 'user')?.text;
  const jump = scalarAt(ssh, 'jump')?.text;
  const port = Number(scalarAt(ssh, 'port')?.text);
  return {
    ...(user === undefined ? {} : { user }),
    ...(Number.isInteger(port) && port > 0 && port < 65536 ? { port } : {}),
    ...(jump === undefined ? {} : { jump }),
  };
}

function versionsOf(map: YamlMap): InventoryVersions {
  const found: Record<string, readonly number[]> = {};
  for (const product of ['k3s', 'kubernetes', 'haproxy', 'keepalived'] as const) {
    const text = scalarAt(entryOf(map, 'versions')?.value, product)?.text;
    const version = text === undefined ? undefined : parseVersion(text);
    if (version !== undefined) found[product] = version;
  }
  return found;
}

function mapsIn(value: YamlValue | undefined): readonly YamlMap[] {
  return itemsOf(value).filter((item): item is YamlMap => item.kind === 'map');
}

function wordAt(map: YamlMap, key: string): Word | undefined {
  const scalar = scalarAt(map, key);
  return scalar === undefined ? undefined : { value: scalar.text, span: scalar.span };
}

function wordsAt(map: YamlMap, key: string): readonly Word[] {
  return scalarsOf(entryOf(map, key)?.value).map((scalar) => ({ value: scalar.text, span: scalar.span }));
}

import type { FileKind } from '../base/file-kind';
import type { InventoryCluster, InventoryNode } from '../model/inventory/inventory';

/** A file of the repository and one node it belongs on. */
export interface ConfigTarget {
  readonly host: string;
  readonly kind: FileKind | undefined;
  /** Where it belongs on the node. */
  readonly path: string;
  /** As the inventory writes it, relative to its folder. */
  readonly file: string;
}

/** Where each product looks when nobody tells it otherwise. */
const usualPaths: Partial<Record<FileKind, string>> = {
  haproxy: '/etc/haproxy/haproxy.cfg',
  keepalived: '/etc/keepalived/keepalived.conf',
  nginx: '/etc/nginx/nginx.conf',
  k3s: '/etc/rancher/k3s/config.yaml',
  kubeadm: '/etc/kubernetes/kubeadm-config.yaml',
};

/**
 * The files that an inventory puts on nodes, one entry for each node. A file whose place nobody knows (no `path`, and no
 * kind with a usual one) is left out, and so is a node that is not in the list.
 */
export function configTargets(
  cluster: InventoryCluster,
  kindOf: (file: string) => FileKind | undefined,
): readonly ConfigTarget[] {
  return cluster.configs.flatMap(({ file, on, path }) => {
    const kind = kindOf(file);
    const place = path ?? (kind === undefined ? undefined : placeOf(kind, file));
    if (place === undefined || !isPlainPath(place)) return [];
    return on
      .filter((host) => cluster.nodes.some((node) => node.name === host))
      .map((host): ConfigTarget => ({ host, kind, path: place, file }));
  });
}

function placeOf(kind: FileKind, file: string): string | undefined {
  if (kind === 'static-pod') return `/etc/kubernetes/manifests/${file.slice(file.lastIndexOf('/') + 1)}`;
  return usualPaths[kind];
}

/** Absolute, and without a part that leads elsewhere. */
function isPlainPath(path: string): boolean {
  return /^(?:\/[^/\0\n]+)+$/.test(path) && !path.split('/').some((part) => part === '.' || part === '..');
}

/** The unit that reads a file, and whether it takes a new one without being stopped. */
export function unitOf(
  kind: FileKind | undefined,
  node: InventoryNode,
): { readonly name: string; readonly verb: 'reload' | 'restart' } | undefined {
  if (kind === 'haproxy' || kind === 'nginx' || kind === 'keepalived') return { name: kind, verb: 'reload' };
  if (kind === 'k3s') return { name: node.roles.includes('server') ? 'k3s' : 'k3s-agent', verb: 'restart' };
  return undefined;
}

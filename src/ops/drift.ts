import type { FoundFile, NodeConfig } from './commands/config-file';
import type { ConfigTarget } from './config-target';
import type { ClusterFiles } from './repository-files';
import { type ClusterState, statusOf } from './status/cluster-state';

/** How a file on a node stands to the one in the repository. */
export type DriftState = 'same' | 'differs' | 'missing' | 'not-seen';

export interface Drift {
  readonly target: ConfigTarget;
  readonly state: DriftState;
  /** The file of the node, where it was read. */
  readonly found: FoundFile | undefined;
  /** Nodes that the same file of the repository belongs on and whose file is another than this node's. */
  readonly othersDiffer: readonly string[];
}

/** How a file stood to the one on a node when that was asked last. */
export interface SeenConfig {
  readonly target: ConfigTarget;
  readonly state: DriftState;
}

/** The same from the hashes that a refresh brings; the contents stay where they are. */
export function seenConfigs({ targets, files }: ClusterFiles, { nodes }: ClusterState): readonly SeenConfig[] {
  return targets.map((target) => {
    const node = nodes.find((each) => each.node.name === target.host);
    const seen = node && statusOf(node)?.configs.find((each) => each.path === target.path);
    const wanted = files.get(target.file)?.sha256;
    if (seen?.absent === true) return { target, state: 'missing' };
    if (seen?.sha256 === undefined || wanted === undefined) return { target, state: 'not-seen' };
    return { target, state: seen.sha256 === wanted ? 'same' : 'differs' };
  });
}

/** Compares every file with what its nodes have. `textOf` gives the file of the repository. */
export function driftOf(
  targets: readonly ConfigTarget[],
  facts: ReadonlyMap<string, NodeConfig>,
  textOf: (file: string) => string | undefined,
): readonly Drift[] {
  const foundAt = (target: ConfigTarget) => facts.get(target.host)?.files.find((each) => each.path === target.path);
  return targets.map((target) => {
    const found = foundAt(target);
    const siblings = targets.filter(
      (each) => each.file === target.file && each.path === target.path && each.host !== target.host,
    );
    return {
      target,
      state: stateOf(target, facts.get(target.host), found, textOf(target.file)),
      found,
      othersDiffer:
        found === undefined
          ? []
          : siblings
              .filter((each) => {
                const other = foundAt(each);
                return other !== undefined && other.sha256 !== found.sha256;
              })
              .map((each) => each.host),
    };
  });
}

function stateOf(
  target: ConfigTarget,
  facts: NodeConfig | undefined,
  found: FoundFile | undefined,
  wanted: string | undefined,
): DriftState {
  if (facts === undefined || wanted === undefined) return 'not-seen';
  if (found !== undefined) return found.text === wanted ? 'same' : 'differs';
  return facts.absent.includes(target.path) ? 'missing' : 'not-seen';
}

/** Values that are secret wherever they stand: k3s and kubeadm tokens, keepalived and haproxy passwords, datastore logins. */
const secretValues: readonly RegExp[] = [
  /^(\s*-?\s*(?:token|agent-token|etcd-s3-secret-key|etcd-s3-access-key|certificateKey|tlsBootstrapToken)\s*:\s*)(\S.*?)(\s*)$/gm,
  /^(\s*auth_pass\s+)(\S+)(.*)$/gm,
  /^(\s*stats\s+auth\s+[^\s:]+:)(\S+)(.*)$/gm,
  /^(\s*(?:user\s+\S+\s+)?(?:insecure-password|password)\s+)(\S+)(.*)$/gm,
  /^(\s*datastore-endpoint\s*:\s*['"]?[a-z]+:\/\/[^:@\s]+:)([^@\s]+)(@.*)$/gm,
];

/**
 * The file of a node as it may be shown beside that of the repository: a secret that the repository's text does not hold
 * is hidden, so that a difference is seen and its content is not.
 */
export function withoutForeignSecrets(text: string, known: string): string {
  return secretValues.reduce(
    (shown, pattern) =>
      shown.replace(pattern, (whole, before: string, value: string, after: string) =>
        known.includes(value.replace(/^["']|["']$/g, '')) ? whole : `${before}•••${after}`,
      ),
    text,
  );
}

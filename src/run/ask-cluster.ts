import type { Command } from '../ops/command';
import { type EtcdFacts, etcdFactsCommand, parseEtcdFacts } from '../ops/commands/etcd-gateway';
import { type KubeNode, listNodes, parseNodes } from '../ops/commands/kubectl';
import type { HostCluster, HostNode } from '../ops/host';
import { type ClusterState, clusterState, type NodeReport } from '../ops/status/cluster-state';
import type { Hosts } from './hosts';
import { type Transport, TransportError } from './transport';

/**
 * The cluster as its nodes describe it at this moment, all asked at once; a node that cannot be asked is silent, with the
 * reason. `vips` are its virtual addresses.
 * @throws the signal's reason when it is called off
 */
export async function askCluster(
  hosts: Pick<Hosts, 'status'>,
  cluster: HostCluster,
  vips: readonly string[],
  signal: AbortSignal,
): Promise<ClusterState> {
  const reports = await Promise.all(
    cluster.nodes.map(async (node): Promise<[string, NodeReport]> => {
      const report = await hosts
        .status(node, signal)
        .then((status): NodeReport => ({ kind: 'answered', status }), silentReport);
      return [node.name, report];
    }),
  );
  signal.throwIfAborted();
  return clusterState(cluster, new Map(reports), vips);
}

/** What is known of a node that could not be asked. */
export function silentReport(error: unknown): NodeReport {
  const reason = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TransportError)) return { kind: 'silent', reason };
  if (error.failure.startsWith('host-key')) return { kind: 'silent', reason, refusal: 'host-key' };
  if (error.failure === 'authentication') return { kind: 'silent', reason, refusal: 'login' };
  return { kind: 'silent', reason };
}

/** A question to a host and what its answer means. */
export interface Question<Answer> {
  command(node: HostNode): Command;
  read(stdout: string, node: HostNode): Answer | undefined;
}

interface Connects {
  connect(node: HostNode, signal?: AbortSignal): Promise<Transport>;
}

/**
 * What `read` makes of the answers; a node that could not be asked is absent, and the plan says what it could not see.
 * @throws the signal's reason when it is called off
 */
export async function askEach<Answer>(
  hosts: Connects,
  nodes: readonly HostNode[],
  question: Question<Answer>,
  signal: AbortSignal,
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  await Promise.all(
    nodes.map(async (node) => {
      try {
        const { argv, root, timeoutSec } = question.command(node);
        const transport = await hosts.connect(node, signal);
        const { stdout } = await transport.exec({ argv: argv.map(String), root, timeoutSec }, signal);
        const answer = question.read(stdout, node);
        if (answer !== undefined) answers.set(node.name, answer);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
      }
    }),
  );
  signal.throwIfAborted();
  return answers;
}

/** What each etcd member says of itself. */
export function askMembers(
  hosts: Connects,
  { cluster }: ClusterState,
  signal: AbortSignal,
): Promise<Map<string, EtcdFacts>> {
  const question = { command: () => etcdFactsCommand(cluster.distribution), read: parseEtcdFacts };
  return askEach(hosts, serversIn(cluster), question, signal);
}

/** The Nodes as the first server that answers lists them; empty when none does. */
export async function askNodes(
  hosts: Connects,
  { cluster }: ClusterState,
  signal: AbortSignal,
): Promise<readonly KubeNode[]> {
  const question = { command: () => listNodes(cluster.distribution), read: parseNodes };
  for (const node of serversIn(cluster)) {
    const nodes = (await askEach(hosts, [node], question, signal)).get(node.name);
    if (nodes !== undefined && nodes.length > 0) return nodes;
  }
  return [];
}

const serversIn = ({ nodes }: HostCluster) => nodes.filter((each) => each.roles.includes('server'));

import { joinFactsCommand, parseJoinFacts } from '../ops/commands/join-facts';
import { nodeOfMachine } from '../ops/commands/kubectl';
import type { HostNode } from '../ops/host';
import {
  authorityHash,
  comparedBeforeJoin,
  runningSettings,
  servedNamesOfApi,
  urlsBeforeJoin,
} from '../ops/join/join-questions';
import { middleOf } from '../ops/status/clocks';
import type { ClusterState } from '../ops/status/cluster-state';
import { askEach, askMembers, askNodes } from './ask-cluster';
import type { Hosts } from './hosts';

/**
 * Everything that a join wants to know of the cluster and of the machine that joins: its members, and answers that go into
 * `planJoin` as they are. `settings` are those of its own k3s
 * file by key; absent where there is none.
 * @throws the signal's reason when it is called off
 */
export async function askBeforeJoin(
  hosts: Pick<Hosts, 'connect'>,
  state: ClusterState,
  machine: HostNode,
  settings: ReadonlyMap<string, string> | undefined,
  signal: AbortSignal,
) {
  const { distribution } = state.cluster;
  const servers = state.cluster.nodes.filter((each) => each.roles.includes('server') && each.name !== machine.name);
  const members = await askMembers(hosts, state, signal);
  const nodes = await askNodes(hosts, state, signal);
  const others = servers.filter((each) => nodeOfMachine(nodes, each) !== undefined);
  const urls = urlsBeforeJoin(state, machine, others, settings);
  const clocks = new Map<string, number>();
  const told = await askEach(
    hosts,
    [machine, ...others],
    {
      command: (node) => joinFactsCommand(node.name === machine.name ? urls : []),
      read: (stdout, { name }) => {
        const facts = parseJoinFacts(stdout);
        if (facts !== undefined) clocks.set(name, facts.clockSec - Date.now() / 1000);
        return facts;
      },
    },
    signal,
  );
  const facts = told.get(machine.name);
  const server = others[0];
  const own = clocks.get(machine.name);
  // Of three servers one that is off is not what the machine is measured by.
  const theirs = middleOf(others.flatMap(({ name }) => clocks.get(name) ?? []));
  const node = server === undefined ? undefined : nodeOfMachine(nodes, server);
  const ask = async <Answer>(question: Parameters<typeof askEach<Answer>>[2]) =>
    server === undefined ? undefined : (await askEach(hosts, [server], question, signal)).get(server.name);
  const running = distribution === 'k3s' && node !== undefined ? await ask(runningSettings(node.name)) : undefined;
  return {
    members,
    ...comparedBeforeJoin(state, nodes, running, settings, facts),
    nodes,
    facts,
    clockSkewSec: own === undefined || theirs === undefined ? undefined : own - theirs,
    servedNames: await ask(servedNamesOfApi),
    caHash: distribution === 'kubeadm' ? await ask(authorityHash) : undefined,
  };
}

import { sameIp } from '../base/address';
import { say } from '../base/message';
import type { InventoryNode } from '../model/inventory/inventory';
import type { KubeNode } from './commands/kubectl';
import { type Concern, type Concerns, noConcerns } from './plan';
import { type ClusterState, statusOf } from './status/cluster-state';

/**
 * What tells that the machine which answers under an address of the inventory is not the one of its Node: the wrong one
 * would be stopped, and another Node be drained or deleted. A name of its own alone says nothing, as `node-name` and
 * `--node-name` give a Node another one; the name of another Node does.
 */
export function identityConcerns(
  state: ClusterState,
  nodes: readonly KubeNode[],
  machine: InventoryNode,
  node: KubeNode,
): Concerns {
  const reached = state.nodes.find((each) => each.node.name === machine.name);
  const own = (reached === undefined ? undefined : statusOf(reached))?.hostName.toLowerCase() ?? '';
  if (own === '' || own === node.name) return noConcerns;
  const host = machine.name;
  const remedy = say('see that haven.yaml and the SSH configuration lead to the machine of {0}', node.name);
  if (nodes.some((each) => each.name === own)) {
    const message = say('the machine that answers calls itself {0}, which is another Node than {1}', own, node.name);
    return { blockers: [{ host, message, remedy }], warnings: [] };
  }
  if (node.addresses.some((each) => sameIp(each, machine.address))) return noConcerns;
  const message = say(
    'the Node {0} does not have the address {1}, and the machine that answers calls itself {2}',
    node.name,
    machine.address,
    own,
  );
  return { blockers: [], warnings: [{ host, message, remedy }] };
}

/**
 * The same where no Node is needed: the machine that answers for a node of the inventory has the address or the name of another
 * one, and not its own address. A file would go to it, or its member would be stopped, in the place of the one that was meant.
 */
export function wrongMachine({ cluster, nodes }: ClusterState, host: string): Concern[] {
  const reached = nodes.find((each) => each.node.name === host);
  const status = reached === undefined ? undefined : statusOf(reached);
  if (reached === undefined || status === undefined) return [];
  const has = (address: string) => status.addresses.some((own) => sameIp(own, address));
  const name = status.hostName.toLowerCase();
  if (has(reached.node.address) || name === host.toLowerCase()) return [];
  const other = cluster.nodes.find(
    (each) => each.name !== host && (has(each.address) || each.name.toLowerCase() === name),
  );
  if (other === undefined) return [];
  return [
    {
      host,
      message: say('the machine that answers is {0} by its name or address, and not {1}', other.name, host),
      remedy: say('see that haven.yaml and the SSH configuration lead to the machine of {0}', host),
    },
  ];
}

import { type Machine, virtualAddress } from './layout';

/** The token of the lab's cluster. */
const token = 'lab-k3s-token-0123456789abcdef';

/** What a person writes into config.yaml. */
export function k3sConfig(machine: Machine, machines: readonly Machine[]): string {
  const first = machines.find((each) => each.kind === 'server');
  const way = machine === first ? 'cluster-init: true' : `server: https://${first?.address}:6443`;
  const names = machine.kind === 'server' ? `tls-san:\n  - ${virtualAddress}\n  - k8s-api.lab\n` : '';
  return `${way}\ntoken: ${token}\n${names}`;
}

import { parseIp } from '../../base/address';
import type { HostPort } from './located';

/** Whether two addresses of IPv4 have the last number and all but one of the others in common. */
export function differsInOneNumber(one: string, other: string): boolean {
  const [a, b] = [one.split('.'), other.split('.')];
  if (a.length !== 4 || b.length !== 4 || parseIp(one) === undefined || parseIp(other) === undefined) return false;
  return a[3] === b[3] && a.filter((number, index) => number !== b[index]).length === 1;
}

/**
 * Whether a kubeconfig that leads to `server` means the API at `endpoint`, with one number of the address wrong. Without a port
 * kubeadm takes 6443, and the URL of a server 443.
 */
export function isEndpointMissed(endpoint: HostPort, server: HostPort): boolean {
  return (endpoint.port ?? 6443) === (server.port ?? 443) && differsInOneNumber(endpoint.host, server.host);
}

import { areNeighbours, parseIp } from '../../base/address';
import type { HostPort } from './located';

/** Whether two addresses of IPv4 have the last number and all but one of the others in common. */
export function differsInOneNumber(one: string, other: string): boolean {
  const [a, b] = [one.split('.'), other.split('.')];
  if (a.length !== 4 || b.length !== 4 || parseIp(one) === undefined || parseIp(other) === undefined) return false;
  return a[3] === b[3] && a.filter((number, index) => number !== b[index]).length === 1;
}

/** Whether two texts are addresses of one small network. */
export function areInOneNetwork(one: string, other: string): boolean {
  const [a, b] = [parseIp(one), parseIp(other)];
  return a !== undefined && b !== undefined && areNeighbours(a, b);
}

/** Whether two texts are addresses of one small network, or differ in one number: one is easily written for the other. */
export function areClose(one: string, other: string): boolean {
  return areInOneNetwork(one, other) || differsInOneNumber(one, other);
}

/**
 * Whether a name of a host is another one with a slip: two letters swapped, or one too many, too few or wrong. Names that differ
 * in digits, in short words or in the last letter of a word are those of two machines (`cp1` and `cp2`, `servera` and `serverb`).
 */
export function isSlip(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  if (a === b || Math.abs(a.length - b.length) > 1 || parseIp(a) !== undefined || parseIp(b) !== undefined)
    return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [mine, theirs] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (!/^[a-z]{0,2}$/.test(mine) || !/^[a-z]{0,2}$/.test(theirs)) return false;
  const [longer, at] = a.length >= b.length ? [a, mine] : [b, theirs];
  const [head, tail] = [longer.slice(0, start), longer.slice(start + at.length)];
  const word = (/[a-z]*$/.exec(head)?.[0] ?? '') + at + (/^[a-z]*/.exec(tail)?.[0] ?? '');
  if (mine.length === 2) return word.length > 2 && theirs === `${mine[1]}${mine[0]}`;
  return mine.length + theirs.length < 3 && word.length > 3 && /^[a-z]/.test(tail);
}

/**
 * Whether somebody who asks for the API at `server` means the one at `endpoint`, with one number of the address or a letter of
 * the name wrong. Without a port kubeadm takes 6443, and the URL of a server 443.
 */
export function isEndpointMissed(endpoint: HostPort, server: HostPort): boolean {
  if ((endpoint.port ?? 6443) !== (server.port ?? 443)) return false;
  return differsInOneNumber(endpoint.host, server.host) || isSlip(endpoint.host, server.host);
}

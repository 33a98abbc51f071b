/** An IP address as its number: 32 bits for family 4, 128 for family 6. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** An address with a prefix length in bits. `address` is as written, so host bits may be set. */
export interface Cidr {
  readonly address: IpAddress;
  readonly prefix: number;
}

const bits = { 4: 32, 6: 128 } as const;

/**
 * Reads an address in its plain form: four decimal octets without leading zeros, or RFC 4291 §2.2 with at most one `::`
 * and an optional dotted tail. Zones (`%eth0`), brackets and surrounding space are not part of an address.
 */
export function parseIp(text: string): IpAddress | undefined {
  if (text.includes(':')) return parseIpv6(text);
  const value = parseIpv4(text);
  return value === undefined ? undefined : { family: 4, value };
}

/** The family of a text that is an address in plain form, without the work of reading its value. */
export function ipFamily(text: string): 4 | 6 | undefined {
  if (text.includes(':')) return parseIpv6(text) === undefined ? undefined : 6;
  return ipv4Value(text) < 0 ? undefined : 4;
}

/** Reads `address/prefix`; undefined without a prefix or with one longer than the family allows. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseIp(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(digits)) return undefined;
  const prefix = Number(digits);
  return prefix > bits[address.family] ? undefined : { address, prefix };
}

/** Whether `address` lies in the network of `cidr`. Addresses of the other family never do. */
export function contains(cidr: Cidr, address: IpAddress): boolean {
  return cidr.address.family === address.family && networkOf(cidr) === networkOf({ address, prefix: cidr.prefix });
}

/** Whether two addresses lie in one small network: the same /24, or /64 of IPv6. How large it really is nobody wrote. */
export function areNeighbours(a: IpAddress, b: IpAddress): boolean {
  return neighbourhoodOf(a) === neighbourhoodOf(b);
}

/** What neighbours have in common and nobody else: the network, as a key. */
export function neighbourhoodOf({ family, value }: IpAddress): string {
  return `${family} ${value >> (family === 4 ? 8n : 64n)}`;
}

/** What only machines of a site reach: RFC 1918, RFC 6598 (also overlay networks such as Tailscale's), RFC 3927, RFC 4193, RFC 4291 §2.5.6. */
const privateNetworks: readonly Cidr[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
].flatMap((each) => parseCidr(each) ?? []);

/** Whether an address is one that the Internet does not lead to. */
export function isPrivate(address: IpAddress): boolean {
  return privateNetworks.some((each) => contains(each, address));
}

const linkLocal = ['169.254.0.0/16', 'fe80::/10'].flatMap((each) => parseCidr(each) ?? []);

/** Whether a text is an address that counts on one cable only. */
export function isLinkLocal(text: string): boolean {
  const ip = parseIp(text);
  return ip !== undefined && linkLocal.some((each) => contains(each, ip));
}

/** Whether two networks share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  const wider = a.prefix <= b.prefix ? a : b;
  return contains(wider, (wider === a ? b : a).address);
}

/** Whether two texts are the same address, however they are written (`::1` and `0:0:0:0:0:0:0:1`). */
export function sameIp(a: string, b: string): boolean {
  if (a === b) return true;
  // An IPv4 address has one plain form only.
  if (!a.includes(':') || !b.includes(':')) return false;
  const left = parseIp(a);
  const right = parseIp(b);
  return left !== undefined && right !== undefined && left.family === right.family && left.value === right.value;
}

function networkOf({ address, prefix }: Cidr): bigint {
  return address.value >> BigInt(bits[address.family] - prefix);
}

function parseIpv4(text: string): bigint | undefined {
  const value = ipv4Value(text);
  return value < 0 ? undefined : BigInt(value);
}

/**
 * The number of an IPv4 address, below 2^32; -1 for any other text. Looks at each character once: files of many thousand
 * addresses are read at every keystroke.
 */
export function ipv4Value(text: string): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 46) {
      if (octet < 0) return -1;
      value = value * 256 + octet;
      octet = -1;
      dots++;
    } else {
      // A leading zero is another number to some programs and no number to others.
      if (char < 48 || char > 57 || octet === 0) return -1;
      octet = octet < 0 ? char - 48 : octet * 10 + char - 48;
      if (octet > 255) return -1;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<bigint>(missing).fill(0n), ...tail];
  return { family: 6, value: groups.reduce((value, group) => (value << 16n) | group, 0n) };
}

/** The 16-bit groups of one side of `::`; a dotted IPv4 address may be the last two where the text ends. */
function groupsOf(text: string, endsAddress: boolean): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (endsAddress && index === parts.length - 1 && part.includes('.')) {
      const value = parseIpv4(part);
      if (value === undefined) return undefined;
      groups.push(value >> 16n, value & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

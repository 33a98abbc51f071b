import { type Cidr, type IpAddress, parseCidr, parseIp } from './address';

/** Reads an address as `ParseIPSloppy` of k8s.io/utils/net does: leading zeros in IPv4 are dropped, not refused. */
export function parseSloppyIp(text: string): IpAddress | undefined {
  return parseIp(text.includes(':') ? text : text.replace(/(^|\.)0+(?=\d)/g, '$1'));
}

/** Reads `address/prefix` as `ParseCIDRSloppy` of k8s.io/utils/net does. */
export function parseSloppyCidr(text: string): Cidr | undefined {
  const [address = '', prefix, ...more] = text.split('/');
  if (prefix === undefined || more.length > 0) return undefined;
  const plain = address.includes(':') ? address : address.replace(/(^|\.)0+(?=\d)/g, '$1');
  return parseCidr(`${plain}/${prefix.replace(/^0+(?=\d)/, '')}`);
}

/** Reads `address/prefix` as Go's `net.ParseCIDR` does: zeros in front of the prefix are dropped, those of the address refused. */
export function parseGoCidr(text: string): Cidr | undefined {
  return parseCidr(text.replace(/\/0+(?=\d)/, '/'));
}

/** Splits `host:port` as Go's `net.SplitHostPort` does; undefined without a port or with colons that brackets should hold. */
export function splitHostPort(text: string): { readonly host: string; readonly port: string } | undefined {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return undefined;
  let host = text.slice(0, colon);
  let rest = host;
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end < 0 || end + 1 !== colon) return undefined;
    host = text.slice(1, end);
    rest = host;
  } else if (host.includes(':')) return undefined;
  const port = text.slice(colon + 1);
  return /[[\]]/.test(rest) || /[[\]]/.test(port) ? undefined : { host, port };
}

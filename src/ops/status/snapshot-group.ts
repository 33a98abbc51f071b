/** The text before `-<node>-<seconds>` or the time that Haven puts there: snapshots of one group displace each other. */
export function groupOf(name: string, node: string): string {
  const plain = name.replace(/\.zip$/, '').replace(/-\d{9,}$/, '');
  const own = plain.endsWith(`-${node}`) ? plain.slice(0, -node.length - 1) : plain;
  return own.replace(/-\d{8}-\d{6}(?:-[0-9a-f]{8})?$/, '');
}

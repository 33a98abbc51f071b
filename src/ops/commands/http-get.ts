/** The shell function `get URL`: what an address of the node itself answers within `seconds`, also where there is no curl. */
export function httpGet(seconds: number): string {
  return `get() { if command -v curl >/dev/null; then curl -s -m ${seconds} "$1"; else wget -q -T ${seconds} -O - "$1"; fi; }`;
}

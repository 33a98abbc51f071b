const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const subdomain = new RegExp(`^${label}(?:\\.${label})*$`);

/** Whether `text` is a lower-case DNS name as Kubernetes wants it (RFC 1123 subdomain, at most 253 characters). */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && subdomain.test(text);
}

/** Whether `text` is a subdomain with `*` as its first label. */
export function isWildcardName(text: string): boolean {
  return text.startsWith('*.') && isDnsSubdomain(text.slice(2));
}

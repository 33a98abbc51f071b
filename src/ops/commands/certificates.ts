import type { Command } from '../command';

/**
 * Prints what a person or a rule asks of a certificate: whose it is, until when, and for which names. The files are those
 * of k3s (server, etcd, agent) and kubeadm; kubeconfigs carry theirs inside. A served certificate is the one that the port
 * shows to a client, which can be another than the file's. Only the first certificate of a file is its own.
 */
const script = `D=/var/lib/rancher/k3s K=/etc/kubernetes
command -v openssl >/dev/null || { echo '=== no-openssl'; exit 0; }
about() { openssl x509 -noout -subject -nameopt RFC2253 -serial -enddate -ext subjectAltName; }
for f in $D/server/tls/*.crt $D/server/tls/etcd/*.crt $D/agent/*.crt $K/pki/*.crt $K/pki/etcd/*.crt; do
  [ -r "$f" ] && printf '\\n=== file %s\\n' "$f" && about <"$f"
done
for f in $K/*.conf /var/lib/kubelet/pki/kubelet-client-current.pem; do
  [ -r "$f" ] || continue
  c=$(sed -n 's/^ *client-certificate-data: *//p' "$f" | head -n 1)
  if [ -n "$c" ]; then printf '\\n=== file %s\\n' "$f"; printf %s "$c" | base64 -d | about
  elif grep -q 'BEGIN CERTIFICATE' "$f"; then printf '\\n=== file %s\\n' "$f"; about <"$f"; fi
done
for e in "$@"; do
  printf '\\n=== served %s\\n' "$e"
  timeout 5 openssl s_client -connect "$e" </dev/null | about
done
printf '\\n=== end\\n'`;

/** Asks one host for its certificates, and for those that the `endpoints` (`host:port`) show. Reads only. */
export function certificatesCommand(endpoints: readonly string[]): Command {
  return { argv: ['sh', '-c', `{ ${script}\n} 2>/dev/null`, 'sh', ...endpoints], root: true, timeoutSec: 40 };
}

interface Certificate {
  /** As RFC 2253 writes it: `CN=kube-apiserver`. */
  readonly subject: string;
  /** In hexadecimal; a new certificate has another one. */
  readonly serial: string;
  /** Milliseconds since 1970. */
  readonly notAfterMs: number;
  /** DNS names and IP addresses it is good for. */
  readonly names: readonly string[];
}

/** The certificates of one host. */
export interface NodeCertificates {
  readonly files: readonly (Certificate & { readonly path: string })[];
  readonly served: readonly (Certificate & { readonly endpoint: string })[];
  /** Endpoints that showed none: nothing listens there, or it speaks no TLS. */
  readonly silent: readonly string[];
  /** The host has no openssl, so nothing could be read. */
  readonly unreadable: boolean;
}

/** Reads what `certificatesCommand` printed. Accepts any text. */
export function parseCertificates(output: string): NodeCertificates {
  const files: (Certificate & { readonly path: string })[] = [];
  const served: (Certificate & { readonly endpoint: string })[] = [];
  const silent: string[] = [];
  for (const part of output.split(/^=== /m).slice(1)) {
    const [head = '', ...rest] = part.split('\n');
    const [kind, place] = splitOnce(head);
    const certificate = certificateOf(rest.join('\n'));
    if (kind === 'file' && certificate !== undefined) files.push({ ...certificate, path: place });
    if (kind === 'served' && certificate !== undefined) served.push({ ...certificate, endpoint: place });
    if (kind === 'served' && certificate === undefined) silent.push(place);
  }
  return { files, served, silent, unreadable: /^=== no-openssl$/m.test(output) };
}

function splitOnce(text: string): [string, string] {
  const blank = text.indexOf(' ');
  return blank < 0 ? [text, ''] : [text.slice(0, blank), text.slice(blank + 1)];
}

function certificateOf(text: string): Certificate | undefined {
  const notAfterMs = Date.parse(/^notAfter=(.+)$/m.exec(text)?.[1] ?? '');
  if (Number.isNaN(notAfterMs)) return undefined;
  const names = /Subject Alternative Name:[^\n]*\n([^\n]*)/.exec(text)?.[1] ?? '';
  return {
    subject: /^subject= ?(.*)$/m.exec(text)?.[1] ?? '',
    serial: /^serial=(\S+)$/m.exec(text)?.[1] ?? '',
    notAfterMs,
    names: [...names.matchAll(/(?:DNS|IP Address):([^\s,]+)/g)].map((each) => each[1] ?? ''),
  };
}

/** Prints the serial number of the certificate in a file, or `none`: it is another one after a renewal. */
export function certificateSerial(path: string): Command {
  const text = 'if [ -s "$1" ]; then openssl x509 -noout -serial -in "$1"; else echo none; fi';
  return { argv: ['sh', '-c', text, 'sh', path], root: true, timeoutSec: 20 };
}

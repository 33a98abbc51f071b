import { createHash } from 'node:crypto';
import type { Call } from '../world';
import { authorityHash } from './certificates';
import { administratorsApi, gaveUp, warn, wordsOf } from './command';
import { type BootstrapToken, clusterSettings, deleteToken, putToken, tokensOf, uploadedKey } from './objects';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
let made = 0;

/** Text of letters and digits that nobody had before: the practice cluster keeps no secrets, so it need not be guessed. */
export function fresh(length: number, nowMs: number): string {
  const digest = createHash('sha256').update(`${nowMs} ${made++}`).digest();
  return [...digest.subarray(0, length)].map((byte) => alphabet[byte % alphabet.length] ?? 'a').join('');
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const durationMs = (text: string) =>
  [...text.matchAll(/(\d+)([smh])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0),
    0,
  );

const noApi = 'failed to create a bootstrap token: the API server does not answer';

/** `kubeadm token create|list|delete`. */
export function token(call: Call, args: readonly string[]): number {
  const { cluster } = call.machine;
  const nowMs = cluster.now();
  const { flags, rest } = wordsOf(args);
  const api = administratorsApi(call.machine);
  const [verb, given = ''] = rest;
  if (verb === 'generate') {
    call.out(`${fresh(6, nowMs)}.${fresh(16, nowMs)}\n`);
    return 0;
  }
  if (api === undefined) return gaveUp(call, noApi);
  const { store } = api;
  if (verb === 'create') {
    const [id, secret] = (given || `${fresh(6, nowMs)}.${fresh(16, nowMs)}`).split('.');
    const token: BootstrapToken = {
      id: id ?? '',
      secret: secret ?? '',
      expiresMs: nowMs + durationMs(flags.get('ttl') ?? '24h'),
      isProxy: false,
      description: flags.get('description') ?? '',
    };
    putToken(store, token);
    const text = `${token.id}.${token.secret}`;
    if (!flags.has('print-join-command')) call.out(`${text}\n`);
    else {
      const key = flags.get('certificate-key');
      const more = key === undefined ? '' : `--control-plane --certificate-key ${key}`;
      const { endpoint } = clusterSettings(store);
      call.out(
        `kubeadm join ${endpoint} --token ${text} --discovery-token-ca-cert-hash sha256:${authorityHash} ${more}\n`,
      );
    }
    return 0;
  }
  if (verb === 'delete') {
    const id = given.split('.')[0] ?? '';
    if (!deleteToken(store, id))
      return gaveUp(call, `failed to delete bootstrap token "${id}": secrets "bootstrap-token-${id}" not found`);
    call.out(`bootstrap token "${id}" deleted\n`);
    return 0;
  }
  if (verb !== 'list') return gaveUp(call, `unknown command "${verb ?? ''}" for "kubeadm token"`);
  const tokens = tokensOf(store, nowMs);
  const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+/, '');
  if (flags.get('output') === 'json' || flags.get('o') === 'json') {
    for (const each of tokens) {
      const value = {
        kind: 'BootstrapToken',
        apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
        token: `${each.id}.${each.secret}`,
        ...(each.description !== '' && { description: each.description }),
        expires: time(each.expiresMs),
        ...(!each.isProxy && {
          usages: ['authentication', 'signing'],
          groups: ['system:bootstrappers:kubeadm:default-node-token'],
        }),
      };
      call.out(`${JSON.stringify(value, null, 4)}\n`);
    }
    return 0;
  }
  const left = (ms: number) => (ms >= 3_600_000 ? `${Math.floor(ms / 3_600_000)}h` : `${Math.floor(ms / 60_000)}m`);
  const rows = tokens.map((each) => [
    `${each.id}.${each.secret}`,
    left(each.expiresMs - nowMs),
    time(each.expiresMs),
    each.isProxy ? '<none>' : 'authentication,signing',
    each.description || '<none>',
    each.isProxy ? '<none>' : 'system:bootstrappers:kubeadm:default-node-token',
  ]);
  const lines = [['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'], ...rows];
  // Columns are at least as wide as the words that usually stand there.
  const widths = [23, 9, 20, 22, 56].map(
    (least, i) => Math.max(least, ...lines.map((line) => line[i]?.length ?? 0)) + 3,
  );
  if (rows.length > 0)
    for (const line of lines)
      call.out(
        `${line
          .map((word, i) => word.padEnd(widths[i] ?? 0))
          .join('')
          .trimEnd()}\n`,
      );
  return 0;
}

/** `kubeadm init phase upload-certs`: the certificates lie ready for two hours, under a key that is printed. */
export function uploadCertificates(call: Call, flags: ReadonlyMap<string, string>): number {
  const { cluster } = call.machine;
  if (!flags.has('upload-certs')) {
    call.out('[upload-certs] Skipping phase. Please see --upload-certs\n');
    return 0;
  }
  if (!flags.has('config')) {
    // Without the settings it asks the internet which release there is.
    const why = 'Get "https://dl.k8s.io/release/stable-1.txt": dial tcp: lookup dl.k8s.io: no such host';
    warn(
      call,
      'version.go:108',
      `could not fetch a Kubernetes version from the internet: unable to get URL "https://dl.k8s.io/release/stable-1.txt": ${why}`,
    );
    warn(call, 'version.go:109', 'falling back to the local client version: v1.34.1');
  }
  const api = administratorsApi(call.machine);
  call.out('[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace\n');
  if (api === undefined)
    return gaveUp(call, 'error execution phase upload-certs: error uploading certs: the API server does not answer');
  const nowMs = cluster.now();
  const key = flags.get('certificate-key') ?? createHash('sha256').update(`key ${nowMs} ${made++}`).digest('hex');
  const owner = fresh(6, nowMs);
  const description = 'Proxy for managing TTL for the kubeadm-certs secret';
  putToken(api.store, {
    id: owner,
    secret: fresh(16, nowMs),
    expiresMs: nowMs + 7_200_000,
    isProxy: true,
    description,
  });
  api.store.put(uploadedKey, JSON.stringify({ key, owner }));
  call.out(`[upload-certs] Using certificate key:\n${key}\n`);
  return 0;
}

import type { Call } from '../world';
import { apiServerNames, authorities, certificateIn, endOf, leaves, makeLeaves, renewLeaf } from './certificates';
import { administratorsApi, gaveUp, readingConfiguration, wait, wordsOf } from './command';
import { pki } from './layout';
import { clusterSettings, putClusterConfiguration } from './objects';

const daySec = 86_400;

/** What is left of a certificate's time, as the table has it. */
function residual(sec: number): string {
  if (sec < 0) return '<invalid>';
  if (sec >= 2 * 365 * daySec) return `${Math.floor(sec / (365 * daySec))}y`;
  return sec >= daySec ? `${Math.floor(sec / daySec)}d` : `${Math.floor(sec / 3600)}h`;
}

/** As in `Jul 28, 2027 10:00 UTC`. */
function dateText(ms: number): string {
  const [, day = '', month = '', year = '', time = ''] =
    /, (\d+) (\w+) (\d+) (\d+:\d+)/.exec(new Date(ms).toUTCString()) ?? [];
  return `${month} ${day}, ${year} ${time} UTC`;
}

const columns = (words: readonly string[], widths: readonly number[]) =>
  `${words.map((word, i) => word.padEnd(widths[i] ?? 0)).join('')}\n`;

/** `kubeadm certs check-expiration` and `kubeadm certs renew`. */
export async function certs(call: Call, args: readonly string[]): Promise<number> {
  const { machine } = call;
  const { cluster, files } = machine;
  const { flags, rest } = wordsOf(args);
  const [verb, what = ''] = rest;
  if (!files.has(`${pki}/apiserver.key`))
    return gaveUp(
      call,
      `Error checking external CA condition for ca certificate authority: failure loading key for apiserver: couldn't load the private key file ${pki}/apiserver.key: open ${pki}/apiserver.key: no such file or directory`,
    );
  if (verb === 'renew') return renew(call, what);
  if (verb !== 'check-expiration') return gaveUp(call, `unknown command "${verb ?? ''}" for "kubeadm certs"`);
  const endMs = (path: string) => (files.has(path) ? endOf(certificateIn(machine, path)) : undefined);
  const leftSec = (ms: number) => Math.floor((ms - cluster.now()) / 1000);
  const own = leaves.map((each) => ({ name: each.id, ca: each.ca, endMs: endMs(each.path) }));
  const above = authorities.map(([name, path]) => ({ name, endMs: endMs(`${pki}/${path}.crt`) }));
  if ((flags.get('o') ?? flags.get('output')) === 'json') {
    const row = ({
      name,
      ca,
      endMs: end,
    }: {
      readonly name: string;
      readonly ca?: string;
      readonly endMs: number | undefined;
    }) => ({
      name,
      expirationDate: end === undefined ? null : new Date(end).toISOString().replace(/\.\d+/, ''),
      residualTime: end === undefined ? 0 : leftSec(end),
      externallyManaged: false,
      ...(ca !== undefined && end !== undefined && { caName: ca }),
      missing: end === undefined,
    });
    const value = {
      kind: 'CertificateExpirationInfo',
      apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
      certificates: own.map(row),
      certificateAuthorities: above.map(row),
    };
    call.out(`${JSON.stringify(value, null, 4)}\n`);
    return 0;
  }
  readingConfiguration(call, 'check-expiration');
  const widths = [27, 25, 16, 24];
  call.out(
    `\n${columns(['CERTIFICATE', 'EXPIRES', 'RESIDUAL TIME', 'CERTIFICATE AUTHORITY', 'EXTERNALLY MANAGED'], widths)}`,
  );
  for (const { name, ca, endMs: end } of own)
    call.out(
      end === undefined
        ? columns([`!MISSING! ${name}`, '', '', '', '        '], widths)
        : columns([name, dateText(end), residual(leftSec(end)), ca, 'no      '], widths),
    );
  const narrow = [24, 25, 16];
  call.out(`\n${columns(['CERTIFICATE AUTHORITY', 'EXPIRES', 'RESIDUAL TIME', 'EXTERNALLY MANAGED'], narrow)}`);
  for (const { name, endMs: end } of above)
    if (end !== undefined) call.out(columns([name, dateText(end), residual(leftSec(end)), 'no      '], narrow));
  return 0;
}

async function renew(call: Call, what: string): Promise<number> {
  const chosen = leaves.filter((each) => what === 'all' || each.id === what);
  if (chosen.length === 0) return gaveUp(call, `unknown command "${what}" for "kubeadm certs renew"`);
  readingConfiguration(call, 'renew');
  call.out('\n');
  await wait(call, 1.3);
  for (const each of chosen)
    call.out(
      renewLeaf(call.machine, each) ? `${each.words} renewed\n` : `MISSING! ${each.words.replace(/ to use.*/, '')}\n`,
    );
  if (what === 'all')
    call.out(
      '\nDone renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.\n',
    );
  return 0;
}

/** `kubeadm init phase certs apiserver`: makes the certificate where there is none, for the names that the file asks for. */
export function certificatePhase(call: Call, what: string, config: string): number {
  const { machine } = call;
  const { files } = machine;
  if (what !== 'apiserver')
    return gaveUp(call, `the practice cluster makes only the certificate of the API server, not "${what}"`);
  if (files.has(`${pki}/apiserver.crt`)) {
    call.out('[certs] Using existing apiserver certificate and key on disk\n');
    return 0;
  }
  const asked = [...(/certSANs:\n((?: *- .*\n)*)/.exec(config)?.[1] ?? '').matchAll(/- (\S+)/g)].map(
    (each) => each[1] ?? '',
  );
  const kept = new Map(leaves.filter((each) => files.has(each.path)).map((each) => [each.path, files.text(each.path)]));
  makeLeaves(machine, { node: machine.name, asked, endpoint: '', isFirst: false });
  for (const [path, text] of kept) files.write(path, text);
  const names = apiServerNames(machine.name, machine.address, asked);
  call.out('[certs] Generating "apiserver" certificate and key\n');
  call.out(
    `[certs] apiserver serving cert is signed for DNS names [${names.dns.join(' ')}] and IPs [${names.addresses.join(' ')}]\n`,
  );
  return 0;
}

/** `kubeadm init phase upload-config kubeadm`: the settings of the cluster become those of the file. */
export function uploadConfig(call: Call, config: string): number {
  const api = administratorsApi(call.machine);
  call.out(
    '[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace\n',
  );
  if (api === undefined)
    return gaveUp(call, 'error execution phase upload-config/kubeadm: the API server does not answer');
  if (config === '') return gaveUp(call, 'error execution phase upload-config/kubeadm: no configuration');
  const before = clusterSettings(api.store);
  putClusterConfiguration(api.store, /^controlPlaneEndpoint:/m.test(config) ? config : before.text);
  return 0;
}

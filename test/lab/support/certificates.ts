import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Machine, stateFolder, virtualAddress } from './layout';
import { must } from './shell';

/** The two authorities of a kubeadm cluster. */
type Authority = 'ca' | 'etcd/ca';

const authorityFile = (authority: Authority, ending: string) => join(stateFolder, 'pki', `${authority}.${ending}`);

/** Makes both authorities once for a lab. */
export function makeAuthorities(): void {
  for (const [authority, name] of [
    ['ca', 'kubernetes'],
    ['etcd/ca', 'etcd-ca'],
  ] as const) {
    const [key, certificate] = [authorityFile(authority, 'key'), authorityFile(authority, 'crt')];
    if (existsSync(certificate)) continue;
    mkdirSync(dirname(key), { recursive: true });
    must(['openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key]);
    must([
      ...['openssl', 'req', '-x509', '-new', '-key', key, '-subj', `/CN=${name}`, '-days', '3650', '-out', certificate],
      ...['-addext', 'basicConstraints=critical,CA:TRUE'],
      ...['-addext', 'keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign'],
    ]);
  }
}

/** What a certificate is for. */
interface CertificateRequest {
  readonly authority: Authority;
  /** As openssl writes subjects: `/O=system:masters/CN=admin`. */
  readonly subject: string;
  readonly usage: 'serverAuth' | 'clientAuth' | 'serverAuth,clientAuth';
  /** As openssl writes alternative names: `DNS:cp1,IP:10.77.0.11`. */
  readonly names?: string;
  /** Days from now; negative for one that has ended already. */
  readonly days?: number;
}

/** Writes `PREFIX.key` and `PREFIX.crt`. */
export function makeCertificate(prefix: string, request: CertificateRequest): void {
  const work = mkdtempSync(join(tmpdir(), 'haven-lab-'));
  const extensions = join(work, 'extensions');
  const names = request.names === undefined ? '' : `subjectAltName=${request.names}\n`;
  writeFileSync(
    extensions,
    `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=${request.usage}\n${names}`,
  );
  const days = request.days ?? 365;
  const at = (ms: number) => `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const end = Date.now() + days * 86_400_000;
  writeFileSync(
    join(work, 'ca.cnf'),
    `[ca]\ndefault_ca=c\n[c]\ndatabase=${work}/index\nnew_certs_dir=${work}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nunique_subject=no\nemail_in_dn=no\n[p]\norganizationName=optional\ncommonName=supplied\n`,
  );
  writeFileSync(join(work, 'index'), '');
  mkdirSync(dirname(prefix), { recursive: true });
  must(['openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${prefix}.key`]);
  must(['chmod', '600', `${prefix}.key`]);
  must(['openssl', 'req', '-new', '-key', `${prefix}.key`, '-subj', request.subject, '-out', join(work, 'request')]);
  must([
    ...['openssl', 'ca', '-batch', '-notext', '-config', join(work, 'ca.cnf'), '-extfile', extensions],
    ...['-cert', authorityFile(request.authority, 'crt'), '-keyfile', authorityFile(request.authority, 'key')],
    ...['-startdate', at(Math.min(Date.now() - 3_600_000, end - 86_400_000)), '-enddate', at(end)],
    ...['-in', join(work, 'request'), '-out', `${prefix}.crt`],
  ]);
  rmSync(work, { recursive: true });
}

/** The names of an API server's certificate as kubeadm makes them, the virtual address among them. */
export function apiServerNames({ name, address }: Machine): string {
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  return [
    ...[name, ...service, 'k8s-api.lab'].map((each) => `DNS:${each}`),
    ...['10.96.0.1', address, virtualAddress, '127.0.0.1'].map((each) => `IP:${each}`),
  ].join(',');
}

/** Every certificate of a control-plane node, below `root`, where kubeadm puts them. */
export function makeServerCertificates(machine: Machine, root: string): void {
  const pki = join(root, 'etc/kubernetes/pki');
  mkdirSync(join(pki, 'etcd'), { recursive: true });
  for (const authority of ['ca', 'etcd/ca'] as const)
    for (const ending of ['crt', 'key'])
      copyFileSync(authorityFile(authority, ending), join(pki, `${authority}.${ending}`));
  const own = `DNS:${machine.name},DNS:localhost,IP:${machine.address},IP:127.0.0.1,IP:::1`;
  const both = 'serverAuth,clientAuth';
  const subject = `/CN=${machine.name}`;
  const make = (file: string, request: CertificateRequest) => makeCertificate(join(pki, file), request);
  make('etcd/server', { authority: 'etcd/ca', subject, usage: both, names: own });
  make('etcd/peer', { authority: 'etcd/ca', subject, usage: both, names: own });
  make('etcd/healthcheck-client', {
    authority: 'etcd/ca',
    subject: '/O=system:masters/CN=kube-etcd-healthcheck-client',
    usage: 'clientAuth',
  });
  make('apiserver-etcd-client', {
    authority: 'etcd/ca',
    subject: '/O=system:masters/CN=kube-apiserver-etcd-client',
    usage: 'clientAuth',
  });
  make('apiserver', {
    authority: 'ca',
    subject: '/CN=kube-apiserver',
    usage: 'serverAuth',
    names: apiServerNames(machine),
  });
  const pair = ['crt', 'key'].map((ending) => readFileSync(join(pki, `apiserver.${ending}`), 'utf8')).join('');
  writeFileSync(join(pki, 'apiserver.pem'), pair, { mode: 0o600 });
}

import { complain } from '../program';
import type { Call, Program } from '../world';

/**
 * `openssl x509 -noout …` of a file or its standard input, and `openssl s_client`, which shows what a server serves. The
 * certificates of practice machines are texts of what openssl would print, not real ones.
 */
export const openssl: Program = async (call) => {
  const [verb, ...args] = call.args;
  const value = (flag: string) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  if (verb === 's_client') return serve(call, value('-connect') ?? '');
  // Keys are not real ones: whatever comes in goes out.
  if (verb === 'pkey') {
    call.out(call.stdin.all());
    return 0;
  }
  if (verb !== 'x509') return complain(call, `Error: unknown command '${verb ?? ''}'`);
  const path = value('-in');
  const text = path === undefined ? call.stdin.all().toString('utf8') : call.machine.files.textOr(call.path(path), '');
  const line = (name: string) => new RegExp(`^${name}=.*$`, 'm').exec(text)?.[0];
  const end = line('notAfter');
  if (end === undefined) {
    call.err(`Could not read certificate from ${path ?? '<stdin>'}\n`);
    return 1;
  }
  if (args.includes('-pubkey')) {
    call.out(line('key')?.slice('key='.length) ?? '');
    return 0;
  }
  if (args.includes('-subject')) call.out(`${line('subject') ?? 'subject='}\n`);
  if (args.includes('-serial')) call.out(`${line('serial') ?? 'serial=00'}\n`);
  if (args.includes('-enddate')) call.out(`${end}\n`);
  const names = line('names')?.slice('names='.length);
  if (value('-ext') === 'subjectAltName' && names !== undefined)
    call.out(`X509v3 Subject Alternative Name: \n    ${names}\n`);
  return 0;
};

async function serve(call: Call, endpoint: string): Promise<number> {
  const { machine } = call;
  const [host = '', port = ''] = endpoint.split(':');
  const url = `https://${endpoint}/ping`;
  const answer = await machine.cluster.request(machine, { url, body: '', hasCertificate: false });
  const owner =
    host === '127.0.0.1'
      ? machine
      : (machine.cluster.nodes.find((each) => each.address === host) ?? machine.cluster.serverAt(host, undefined));
  if (answer === undefined || port !== '6443' || owner === undefined) {
    call.err('connect:errno=111\n');
    return 1;
  }
  const isK3s = machine.cluster.distribution === 'k3s';
  const path = isK3s
    ? '/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt'
    : '/etc/kubernetes/pki/apiserver.crt';
  call.out(owner.files.textOr(path, ''));
  return 0;
}

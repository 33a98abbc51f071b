import type { Call, Machine } from '../world';

const server = '/var/lib/rancher/k3s/server/tls';
const agent = '/var/lib/rancher/k3s/agent';

/** The certificates that Haven looks at, by path, with whom each is for; the authorities are never made anew. */
const leaves = {
  server: [
    [`${server}/client-admin.crt`, 'system:admin'],
    [`${server}/serving-kube-apiserver.crt`, 'kube-apiserver'],
    [`${server}/etcd/server-client.crt`, 'etcd-server'],
  ],
  agent: [[`${agent}/client-kubelet.crt`, 'system:node']],
} as const;

const dayMs = 86_400_000;

const leavesOf = ({ role }: Machine) =>
  role === 'server' ? [...leaves.server, ...leaves.agent] : role === 'agent' ? leaves.agent : [];

/**
 * Makes the certificates that are missing, as k3s does when it starts. They are no real ones but what openssl would print of
 * them, with a serial number of the time they were made at.
 */
export function makeCertificates(machine: Machine, nowMs: number, days = 365): void {
  for (const [index, [path, who]] of leavesOf(machine).entries()) {
    if (machine.files.has(path)) continue;
    const end = new Date(nowMs + days * dayMs).toUTCString().slice(5);
    const notAfter = end.replace(/^(\d+) (\w+) (\d+) (\S+) GMT$/, '$2 $1 $4 $3 GMT');
    const serial = (nowMs * 100 + index).toString(16).toUpperCase();
    const names = [machine.name, machine.address, machine.cluster.virtualAddress, 'lb.example.com'];
    machine.files.place(
      path,
      [
        `subject=CN=${who}`,
        `serial=${serial}`,
        `notAfter=${notAfter}`,
        `names=${names.map(altName).join(', ')}`,
        '',
      ].join('\n'),
    );
  }
}

const altName = (name: string) => (/^[\d.]+$/.test(name) ? `IP Address:${name}` : `DNS:${name}`);

/**
 * A name of `tls-san` is in the certificate of every server once one that has it in its settings starts, and stays there
 * (recorded: operations/tls-san.txt).
 */
export function addNames({ cluster }: Machine, tlsSan: string): void {
  const path = `${server}/serving-kube-apiserver.crt`;
  const asked = tlsSan.split(/[[\],\s"']+/).filter((each) => each !== '');
  for (const { files } of cluster.nodes) {
    if (!files.has(path)) continue;
    const text = files.text(path);
    const names = /^names=(.*)$/m.exec(text)?.[1]?.split(', ') ?? [];
    const added = asked.map(altName).filter((each) => !names.includes(each));
    if (added.length > 0) files.place(path, text.replace(/^names=.*$/m, `names=${[...names, ...added].join(', ')}`));
  }
}

/** `k3s certificate rotate`: a copy of the old ones stays, new ones are made at the next start (recorded: status/certificate-rotate.txt). */
export async function rotateCertificates(call: Call): Promise<number> {
  const { machine } = call;
  const { files } = machine;
  const sec = Math.floor(machine.now() / 1000);
  for (const [path] of leavesOf(machine)) {
    if (!files.has(path)) continue;
    const kept = path.startsWith(server) ? path.replace(server, `${server}-${sec}`) : `${path}-${sec}`;
    files.place(kept, files.text(path));
    files.remove(path);
  }
  call.err(
    `time="" level=info msg="Successfully backed up certificates to ${server}-${sec}, please restart k3s server or agent to rotate certificates"\n`,
  );
  await machine.cluster.sleep(1000);
  return 0;
}

import { MachineGone } from '../shell/leave';
import type { Api, Call, Machine } from '../world';
import { kubernetes } from './layout';

/** Waits by the practice clock; whoever loses its power meanwhile has nobody left to go on. */
export async function wait({ machine }: Call, sec: number): Promise<void> {
  const { boots, cluster } = machine;
  for (let left = sec; left > 0; left -= 1) {
    await cluster.sleep(Math.min(1, left) * 1000);
    await cluster.settle();
    if (machine.boots !== boots) throw new MachineGone(`${machine.name} is gone`);
    if (cluster.isOverdue()) return;
  }
}

/** How kubeadm ends when something is wrong. */
export function gaveUp(call: Call, text: string): 1 {
  call.err(`error: ${text}\nTo see the stack trace of this error execute with --v=5 or higher\n`);
  return 1;
}

/** A line of its log: those are warnings. */
export function warn(call: Call, source: string, text: string): void {
  const now = new Date(call.machine.now()).toISOString();
  const time = `${now.slice(5, 7)}${now.slice(8, 10)} ${now.slice(11, 19)}.000000`;
  call.err(`W${time}     329 ${source}] ${text}\n`);
}

/** The API as the administrator of this node asks it; undefined where it does not answer, or nobody is one here. */
export function administratorsApi(machine: Machine): Api | undefined {
  const { files, cluster } = machine;
  const server = /^ *server: *(\S+)/m.exec(files.textOr(`${kubernetes}/admin.conf`, ''))?.[1];
  if (server === undefined) return undefined;
  // kubeadm asks again where a load balancer has led it to a server that has just gone.
  for (let i = 0; i < 3; i++) {
    const api = cluster.kube.reach(machine, server);
    if (typeof api !== 'string') return api;
  }
  return undefined;
}

/** The words of a command line by name, `--name value` and `--name=value` alike, and what is left. */
interface Words {
  readonly flags: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

const switches = new Set([
  'control-plane',
  'force',
  'f',
  'yes',
  'y',
  'print-join-command',
  'upload-certs',
  'dry-run',
  'help',
  'h',
]);

export function wordsOf(args: readonly string[]): Words {
  const flags = new Map<string, string>();
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? '';
    const [, name, value] = /^--?([a-z][a-z-]*)(?:=(.*))?$/.exec(word) ?? [];
    if (name === undefined) rest.push(word);
    else if (value !== undefined) flags.set(name, value);
    else flags.set(name, switches.has(name) ? 'true' : (args[++i] ?? ''));
  }
  return { flags, rest };
}

/** The two lines with which kubeadm says that it reads the settings of the cluster. */
export function readingConfiguration(call: Call, who: string): void {
  call.out(`[${who}] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...\n`);
  call.out(`[${who}] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n`);
}

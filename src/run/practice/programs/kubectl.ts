import { releaseOf } from '../kubeadm/layout';
import { complain } from '../program';
import type { Api, Call, KubeObject, Machine, Program } from '../world';
import { inEtcd, noSuchProgram } from './crictl';
import { jsonPath } from './json-path';

/** A call of kubectl, its flags taken out of its words. */
interface KubectlCall {
  readonly call: Call;
  readonly flags: ReadonlyMap<string, string>;
  readonly words: readonly string[];
  /** What `exec` starts in a container. */
  readonly inside: readonly string[];
}

/** Flags whose value is the next word. */
const valued: ReadonlySet<string> = new Set([
  ...['-o', '-n', '--namespace', '--kubeconfig', '--server', '--request-timeout', '--raw'],
  ...['-l', '--selector', '--timeout', '-c'],
]);

function readCall(call: Call): KubectlCall {
  const flags = new Map<string, string>();
  const words: string[] = [];
  const { args } = call;
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  for (let i = 0; i < own.length; i++) {
    const word = own[i] ?? '';
    if (valued.has(word)) flags.set(word, own[++i] ?? '');
    else if (word.startsWith('--') && word.includes('='))
      flags.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    else if (word.startsWith('-o') && word.length > 2) flags.set('-o', word.slice(2));
    else if (word.startsWith('-')) flags.set(word, '');
    else words.push(word);
  }
  return { call, flags, words, inside: end < 0 ? [] : args.slice(end + 1) };
}

/** kubectl against the API of the practice cluster, as far as operations ask it. */
export const kubectl: Program = async (call) => {
  const { machine } = call;
  const { cluster } = machine;
  const asked = readCall(call);
  const { flags, words, inside } = asked;
  const [verb] = words;
  if (verb === 'version' && flags.has('--client')) {
    call.out(`Client Version: ${releaseOf(machine, 'kubectl')}\nKustomize Version: v5.7.1\n`);
    return 0;
  }
  const config = flags.get('--kubeconfig') ?? call.environment.get('KUBECONFIG');
  const server =
    cluster.distribution === 'k3s' ? flags.get('--server') : serverOf(machine, config, flags.get('--server'));
  const api = server === null ? noServer : cluster.kube.reach(machine, server);
  if (typeof api === 'string') return refuse(call, api);
  if (verb === 'get') return flags.has('--raw') ? getRaw(asked) : get(asked, api);
  if (verb === 'api-resources') {
    // As far as this API keeps objects of a kind at all.
    for (const each of ['configmaps', 'nodes', 'pods', 'secrets', 'leases.coordination.k8s.io']) call.out(`${each}\n`);
    return 0;
  }
  if (verb === 'delete') return remove(asked, api);
  if (verb === 'exec') return execIn(call, words[1] ?? '', inside);
  if (verb === 'cordon' || verb === 'uncordon' || verb === 'drain') return cordon(asked, api, verb);
  return complain(call, `error: unknown command "${verb ?? ''}"`);
};

function refuse(call: Call, words: string): number {
  call.err(`${words}\n`);
  return 1;
}

function getRaw({ call, flags }: KubectlCall): number {
  const path = flags.get('--raw')?.split('?')[0];
  if (path !== '/readyz' && path !== '/livez' && path !== '/healthz')
    return complain(call, `Error from server (NotFound): the server could not find the requested resource`);
  call.out('ok');
  return 0;
}

/** What a call is about: `pods NAME`, `pod/NAME`. */
function targetOf({ flags, words: [, kind = '', name] }: KubectlCall) {
  const [plural = '', fromSlash] = kind.split('/');
  const namespace = flags.get('-n') ?? flags.get('--namespace') ?? 'default';
  return { plural, kind: plural.replace(/s$/, ''), name: fromSlash ?? name, namespace };
}

function get(asked: KubectlCall, api: Api): number {
  const { call, flags } = asked;
  const { kube } = call.machine.cluster;
  const { plural, kind, name, namespace } = targetOf(asked);
  const items = selected(kube.list(api, kind, flags.has('-A') ? undefined : namespace), flags);
  const chosen = name === undefined ? items : items.filter((each) => each.metadata.name === name);
  if (name !== undefined && chosen.length === 0)
    return flags.has('--ignore-not-found') ? 0 : refuse(call, notFound(plural, name));
  const value = name === undefined ? { apiVersion: 'v1', kind: 'List', items } : chosen[0];
  const output = flags.get('-o') ?? '';
  if (output === 'json') call.out(`${JSON.stringify(value, null, 4)}\n`);
  else if (output === 'yaml') call.out(`${yamlLines(value).join('\n')}\n`);
  else if (output === 'name') for (const each of chosen) call.out(`${kind}/${each.metadata.name}\n`);
  else if (output.startsWith('jsonpath=')) call.out(jsonPath(output.slice(9), value));
  else call.out(kube.table(chosen));
  return 0;
}

function remove(asked: KubectlCall, api: Api): number {
  const { call, flags } = asked;
  const { plural, kind, name, namespace } = targetOf(asked);
  if (name !== undefined && call.machine.cluster.kube.delete(api, kind, name, namespace)) {
    call.out(`${plural} "${name}" deleted\n`);
    return 0;
  }
  return flags.has('--ignore-not-found') ? 0 : refuse(call, notFound(plural, name ?? ''));
}

function cordon({ call, words }: KubectlCall, api: Api, verb: 'cordon' | 'uncordon' | 'drain'): number {
  // etcd's own words; deletions are let through, for they make room.
  if (api.store.alarms.some((each) => each.alarm === 'NOSPACE'))
    return refuse(call, 'error: etcdserver: mvcc: database space exceeded');
  const node = words[1] ?? '';
  if (!call.machine.cluster.kube.cordon(api, node, verb !== 'uncordon')) return refuse(call, notFound('nodes', node));
  call.out(`node/${node} ${verb === 'drain' ? 'drained' : `${verb}ed`}\n`);
  return 0;
}

const notFound = (plural: string, name: string): string =>
  `Error from server (NotFound): ${plural} "${name}" not found`;

const noServer = 'The connection to the server localhost:8080 was refused - did you specify the right host or port?';

/** The server that a kubeconfig names, unless the command line does; null where there is no such file. */
function serverOf({ files }: Machine, path: string | undefined, given: string | undefined): string | null {
  if (path === undefined || !files.has(path)) return null;
  return given ?? /^ *server: *(\S+)/m.exec(files.text(path))?.[1] ?? null;
}

/** Those that carry the labels that `-l` asks for. */
function selected(items: readonly KubeObject[], flags: ReadonlyMap<string, string>): readonly KubeObject[] {
  const wanted = flags.get('-l') ?? flags.get('--selector');
  if (wanted === undefined) return items;
  return items.filter(({ metadata }) => {
    const labels = (metadata.labels ?? {}) as Readonly<Record<string, string>>;
    return wanted.split(',').every((each) => labels[each.split('=')[0] ?? ''] === each.split('=')[1]);
  });
}

/** `kubectl exec POD -- PROGRAM`: etcd's image has etcd's programs and no shell. */
async function execIn(call: Call, pod: string, argv: readonly string[]): Promise<number> {
  const { cluster } = call.machine;
  const target = cluster.nodes.find((each) => pod === `etcd-${each.name}` && each.hasPower);
  const container =
    target === undefined ? undefined : cluster.kubeadm.containersOf(target).find((each) => each.component === 'etcd');
  if (target === undefined || container === undefined) return refuse(call, notFound('pods', pod));
  const code = await inEtcd(call, target, argv);
  if (code !== undefined) return code;
  call.err(
    `error: Internal error occurred: Internal error occurred: error executing command in container: ${noSuchProgram(container.id, argv)}\n`,
  );
  return 1;
}

/** As kubectl writes objects: lists at the height of their key, keys in order. */
function yamlLines(value: unknown): string[] {
  if (Array.isArray(value))
    return value.flatMap((each) => yamlLines(each).map((line, i) => `${i === 0 ? '- ' : '  '}${line}`));
  if (typeof value !== 'object' || value === null) return [yamlScalar(value)];
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, each]) => {
      if (typeof each !== 'object' || each === null) return [`${key}: ${yamlScalar(each)}`];
      if (Object.keys(each).length === 0) return [`${key}: ${Array.isArray(each) ? '[]' : '{}'}`];
      return [`${key}:`, ...yamlLines(each).map((line) => (Array.isArray(each) ? line : `  ${line}`))];
    });
}

function yamlScalar(value: unknown): string {
  const isPlain = typeof value !== 'string' || /^[A-Za-z][\w./-]*$/.test(value);
  return isPlain && value !== 'true' && value !== 'false' ? String(value) : JSON.stringify(value);
}

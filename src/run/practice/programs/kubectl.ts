import { releaseOf } from '../kubeadm/layout';
import { complain } from '../program';
import type { Call, KubeObject, Machine, Program } from '../world';
import { inEtcd, noSuchProgram } from './crictl';
import { jsonPath } from './json-path';

/** kubectl against the API of the practice cluster, as far as operations ask it. */
export const kubectl: Program = async (call) => {
  const { machine } = call;
  const { cluster } = machine;
  const flags = new Map<string, string>();
  const words: string[] = [];
  /** What `exec` starts in a container. */
  const inside: string[] = [];
  const valued = [
    '-o',
    '-n',
    '--kubeconfig',
    '--server',
    '--request-timeout',
    '--raw',
    '-l',
    '--timeout',
    '--namespace',
    '--selector',
    '-c',
  ];
  for (let i = 0; i < call.args.length; i++) {
    const word = call.args[i] ?? '';
    if (word === '--') {
      inside.push(...call.args.slice(i + 1));
      break;
    }
    if (valued.includes(word)) flags.set(word, call.args[++i] ?? '');
    else if (word.startsWith('--') && word.includes('='))
      flags.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    else if (word.startsWith('-o') && word.length > 2) flags.set('-o', word.slice(2));
    else if (word.startsWith('-')) flags.set(word, '');
    else words.push(word);
  }
  if (words[0] === 'version' && flags.has('--client')) {
    call.out(`Client Version: ${releaseOf(machine, 'kubectl')}\nKustomize Version: v5.7.1\n`);
    return 0;
  }
  const config = flags.get('--kubeconfig') ?? call.environment.get('KUBECONFIG');
  const server =
    cluster.distribution === 'k3s' ? flags.get('--server') : serverOf(machine, config, flags.get('--server'));
  const api = server === null ? noServer : cluster.kube.reach(machine, server);
  if (typeof api === 'string') {
    call.err(`${api}\n`);
    return 1;
  }
  const namespace = flags.get('-n') ?? flags.get('--namespace') ?? 'default';
  const raw = flags.get('--raw');
  if (words[0] === 'get' && raw !== undefined) {
    const path = raw.split('?')[0];
    if (path === '/readyz' || path === '/livez' || path === '/healthz') call.out('ok');
    else return complain(call, `Error from server (NotFound): the server could not find the requested resource`);
    return 0;
  }
  if (words[0] === 'api-resources') {
    // As far as this API keeps objects of a kind at all.
    for (const each of ['configmaps', 'nodes', 'pods', 'secrets', 'leases.coordination.k8s.io']) call.out(`${each}\n`);
    return 0;
  }
  const [verb, kind = '', name] = words;
  const [plural, fromSlash] = kind.split('/');
  const target = fromSlash ?? name;
  if (verb === 'get') {
    const everywhere = flags.has('-A') ? undefined : namespace;
    const items = selected(cluster.kube.list(api, (plural ?? '').replace(/s$/, ''), everywhere), flags);
    const chosen = target === undefined ? items : items.filter((each) => each.metadata.name === target);
    if (target !== undefined && chosen.length === 0) {
      if (flags.has('--ignore-not-found')) return 0;
      call.err(`Error from server (NotFound): ${plural ?? ''} "${target}" not found\n`);
      return 1;
    }
    const value = target === undefined ? { apiVersion: 'v1', kind: 'List', items } : chosen[0];
    const output = flags.get('-o') ?? '';
    if (output === 'json') call.out(`${JSON.stringify(value, null, 4)}\n`);
    else if (output === 'yaml') call.out(`${yamlLines(value).join('\n')}\n`);
    else if (output === 'name')
      for (const each of chosen) call.out(`${(plural ?? '').replace(/s$/, '')}/${each.metadata.name}\n`);
    else if (output.startsWith('jsonpath=')) call.out(jsonPath(output.slice(9), value));
    else call.out(cluster.kube.table(chosen));
    return 0;
  }
  // etcd's own words; deletions are let through, for they make room.
  if (
    ['cordon', 'uncordon', 'drain'].includes(verb ?? '') &&
    api.store.alarms.some((each) => each.alarm === 'NOSPACE')
  ) {
    call.err('error: etcdserver: mvcc: database space exceeded\n');
    return 1;
  }
  if (verb === 'delete') {
    const done = target !== undefined && cluster.kube.delete(api, (plural ?? '').replace(/s$/, ''), target, namespace);
    if (done) call.out(`${(plural ?? '').replace(/s$/, '')} "${target}" deleted\n`);
    else if (!flags.has('--ignore-not-found')) {
      call.err(`Error from server (NotFound): ${plural ?? ''} "${target ?? ''}" not found\n`);
      return 1;
    }
    return 0;
  }
  if (verb === 'exec') return execIn(call, kind, inside);
  if (verb === 'cordon' || verb === 'uncordon' || verb === 'drain') {
    const node = words[1] ?? '';
    if (!cluster.kube.cordon(api, node, verb !== 'uncordon')) {
      call.err(`Error from server (NotFound): nodes "${node}" not found\n`);
      return 1;
    }
    call.out(`node/${node} ${verb === 'drain' ? 'drained' : `${verb}ed`}\n`);
    return 0;
  }
  return complain(call, `error: unknown command "${verb ?? ''}"`);
};

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
  if (target === undefined || container === undefined) {
    call.err(`Error from server (NotFound): pods "${pod}" not found\n`);
    return 1;
  }
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

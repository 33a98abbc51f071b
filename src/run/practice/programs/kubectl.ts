import { complain, type Program } from '../program';
import { jsonPath } from './json-path';

/** kubectl against the API of the practice cluster, as far as operations ask it. */
export const kubectl: Program = async (call) => {
  const { machine } = call;
  const { cluster } = machine;
  const flags = new Map<string, string>();
  const words: string[] = [];
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
  ];
  for (let i = 0; i < call.args.length; i++) {
    const word = call.args[i] ?? '';
    if (valued.includes(word)) flags.set(word, call.args[++i] ?? '');
    else if (word.startsWith('--') && word.includes('='))
      flags.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    else if (word.startsWith('-o') && word.length > 2) flags.set('-o', word.slice(2));
    else if (word.startsWith('-')) flags.set(word, '');
    else words.push(word);
  }
  const api = cluster.kube.reach(machine, flags.get('--server'));
  if (api === undefined) {
    call.err(`The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n`);
    return 1;
  }
  const raw = flags.get('--raw');
  if (words[0] === 'get' && raw !== undefined) {
    const path = raw.split('?')[0];
    if (path === '/readyz' || path === '/livez' || path === '/healthz') call.out('ok');
    else return complain(call, `Error from server (NotFound): the server could not find the requested resource`);
    return 0;
  }
  const [verb, kind = '', name] = words;
  const [plural, fromSlash] = kind.split('/');
  const target = fromSlash ?? name;
  if (verb === 'get') {
    const items = cluster.kube.list(api, (plural ?? '').replace(/s$/, ''));
    const chosen = target === undefined ? items : items.filter((each) => each.metadata.name === target);
    if (target !== undefined && chosen.length === 0) {
      call.err(`Error from server (NotFound): ${plural ?? ''} "${target}" not found\n`);
      return 1;
    }
    const value = target === undefined ? { apiVersion: 'v1', kind: 'List', items } : chosen[0];
    const output = flags.get('-o') ?? '';
    if (output === 'json') call.out(`${JSON.stringify(value, null, 4)}\n`);
    else if (output === 'name')
      for (const each of chosen) call.out(`${(plural ?? '').replace(/s$/, '')}/${each.metadata.name}\n`);
    else if (output.startsWith('jsonpath=')) call.out(jsonPath(output.slice(9), value));
    else call.out(cluster.kube.table(chosen));
    return 0;
  }
  if (verb === 'delete') {
    const done = target !== undefined && cluster.kube.delete(api, (plural ?? '').replace(/s$/, ''), target);
    if (done) call.out(`${(plural ?? '').replace(/s$/, '')} "${target}" deleted\n`);
    else if (!flags.has('--ignore-not-found')) {
      call.err(`Error from server (NotFound): ${plural ?? ''} "${target ?? ''}" not found\n`);
      return 1;
    }
    return 0;
  }
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

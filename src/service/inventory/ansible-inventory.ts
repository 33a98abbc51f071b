import type { Role } from '../../model/inventory/inventory';
import { parseLocatedYaml, type YamlValue } from '../../syntax/located-yaml';
import type { FoundHost } from './found-hosts';
import { roleOfGroup, roleOfHost } from './host-roles';

/** Variables that a file beside an inventory gives a group or a host: `group_vars/all.yml`, `host_vars/cp1.yml`. */
export interface AnsibleVariables {
  /** The group or host that the file or its folder is named after. */
  readonly of: string;
  readonly text: string;
}

/** An Ansible inventory, INI or YAML, and the variables in the files beside it. */
export interface AnsibleSource {
  readonly text: string;
  readonly groupVars?: readonly AnsibleVariables[];
  readonly hostVars?: readonly AnsibleVariables[];
}

/** What an Ansible inventory tells of a cluster. */
interface AnsibleFindings {
  readonly hosts: readonly FoundHost[];
  /** The `host:port` that the roles of k3s-ansible, kubespray and others are told to use for the API. */
  readonly endpoint: string | undefined;
  /** Set where groups or variables are those of one of the two. */
  readonly distribution: 'k3s' | 'kubeadm' | undefined;
}

type Variables = Map<string, string>;

interface Group {
  readonly hosts: Map<string, Variables>;
  readonly children: Set<string>;
  readonly variables: Variables;
}

type Groups = Map<string, Group>;

/** Reads an Ansible inventory; a playbook, or whatever else is called `hosts.yaml`, has no hosts. */
export function readAnsible({ text, groupVars = [], hostVars = [] }: AnsibleSource): AnsibleFindings {
  const groups: Groups = new Map();
  const root = parseLocatedYaml(text)[0]?.root;
  if (root?.kind === 'map' && !/^[ \t]*\[/m.test(text)) readYaml(root, groups);
  else if (root?.kind !== 'list' || /^[ \t]*\[/m.test(text)) readIni(text, groups);
  if (![...groups.values()].some((group) => group.hosts.size > 0))
    return { hosts: [], endpoint: undefined, distribution: undefined };
  for (const each of groupVars) {
    const variables = groupNamed(groups, each.of).variables;
    for (const [key, value] of variablesOf(parseLocatedYaml(each.text)[0]?.root)) variables.set(key, value);
  }
  const common = new Map([...groups.values()].flatMap((group) => [...group.variables]));
  const parents = parentsOf(groups);
  // A group that is listed among hosts is one whose header lacks `:children`.
  const names = new Set([...groups.values()].flatMap((group) => [...group.hosts.keys()]));

  const hosts = [...names]
    .filter((name) => !groups.has(name))
    .flatMap((name) => hostOf(name, groups, parents, hostVars));
  return { hosts, endpoint: endpointOf(common), distribution: distributionOf(groups, common) };
}

function groupNamed(groups: Groups, name: string): Group {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group: Group = { hosts: new Map(), children: new Set(), variables: new Map() };
  groups.set(name, group);
  return group;
}

/** The format of `hosts.ini`: hosts below `[group]`, groups below `[group:children]`, variables below `[group:vars]`. */
function readIni(text: string, groups: Groups): void {
  let group = groupNamed(groups, 'ungrouped');
  let section = 'hosts';
  for (const written of text.split(/\r?\n/)) {
    const line = written.replace(/(^|\s)[#;][\s\S]*$/, '').trim();
    if (line === '') continue;
    const header = /^\[([^\]:]+)(?::(\w+))?\]$/.exec(line);
    if (header !== null) {
      group = groupNamed(groups, (header[1] ?? '').trim());
      section = header[2] ?? 'hosts';
    } else if (section === 'children') {
      group.children.add(line);
      groupNamed(groups, line);
    } else if (section === 'vars') {
      const found = /^(\w+)\s*=\s*(.*)$/.exec(line);
      if (found !== null) group.variables.set(found[1] ?? '', unquoted(found[2] ?? ''));
    } else readHostLine(line, group);
  }
}

/** A host pattern, quoted or behind the name of a user, and its variables. Other lines are those of another kind of file. */
function readHostLine(line: string, group: Group): void {
  const [, user, pattern, port, rest = ''] =
    /^["']?(?:(\w[\w.-]*)@)?((?:[A-Za-z0-9_.-]|\[\w+:\w+(?::\d+)?\])+)(?::(\d+))?["']?((?:\s+\w+=(?:"[^"]*"|'[^']*'|\S*))*)$/.exec(
      line,
    ) ?? [];
  if (pattern === undefined || pattern.startsWith('-')) return;
  const variables: Variables = new Map();
  if (user !== undefined) variables.set('ansible_user', user);
  if (port !== undefined) variables.set('ansible_port', port);
  for (const found of rest.matchAll(/(\w+)=("[^"]*"|'[^']*'|\S*)/g))
    variables.set(found[1] ?? '', unquoted(found[2] ?? ''));
  for (const name of expanded(pattern)) {
    const known = group.hosts.get(name) ?? new Map<string, string>();
    group.hosts.set(name, new Map([...known, ...variables]));
  }
}

function readYaml(root: YamlValue, groups: Groups, depth = 0): void {
  if (root.kind !== 'map' || depth > 20) return;
  for (const { key: name, value } of root.entries) {
    const group = groupNamed(groups, name);
    if (value.kind !== 'map') continue;
    for (const { key, value: part } of value.entries) {
      if (part.kind !== 'map') continue;
      if (key === 'vars') for (const [one, told] of variablesOf(part)) group.variables.set(one, told);
      else if (key === 'children') {
        for (const child of part.entries) group.children.add(child.key);
        readYaml(part, groups, depth + 1);
      } else if (key === 'hosts') {
        for (const host of part.entries) {
          for (const each of expanded(host.key)) {
            const known = group.hosts.get(each) ?? new Map<string, string>();
            group.hosts.set(each, new Map([...known, ...variablesOf(host.value)]));
          }
        }
      }
    }
  }
}

/** The variables that are texts; `a: { b: c }` gives `a.b`. */
function variablesOf(value: YamlValue | undefined, lead = ''): Variables {
  if (value?.kind !== 'map') return new Map();
  return new Map(
    value.entries.flatMap(({ key, value: each }): [string, string][] => {
      if (each.kind === 'scalar') return [[lead + key, each.text]];
      return lead === '' ? [...variablesOf(each, `${key}.`)] : [];
    }),
  );
}

function parentsOf(groups: Groups): ReadonlyMap<string, readonly string[]> {
  const parents = new Map<string, string[]>();
  for (const [name, { children }] of groups)
    for (const child of children) parents.set(child, [...(parents.get(child) ?? []), name]);
  return parents;
}

/** A group and all above it, the nearest first. */
function lineage(name: string, parents: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found = [name];
  for (const each of found)
    for (const parent of parents.get(each) ?? []) if (!found.includes(parent)) found.push(parent);
  return found;
}

function hostOf(
  name: string,
  groups: Groups,
  parents: ReadonlyMap<string, readonly string[]>,
  hostVars: readonly AnsibleVariables[],
): readonly FoundHost[] {
  const own = [...groups].filter(([, group]) => group.hosts.has(name)).map(([group]) => group);
  const lines = own.map((group) => lineage(group, parents));
  const all = [...new Set(lines.flat())];
  // What stands farther from the host is overruled: `all`, the groups above, its own groups, the host.
  const variables: Variables = new Map([
    ...(groups.get('all')?.variables ?? []),
    ...[...all].reverse().flatMap((group) => [...(groups.get(group)?.variables ?? [])]),
    ...own.flatMap((group) => [...(groups.get(group)?.hosts.get(name) ?? [])]),
    ...hostVars
      .filter((each) => each.of === name)
      .flatMap((each) => [...variablesOf(parseLocatedYaml(each.text)[0]?.root)]),
  ]);
  const plain = (key: string) => {
    const value = variables.get(key) ?? variables.get(key.replace('ansible_', 'ansible_ssh_'));
    return value === undefined || value === '' || /[{}$]/.test(value) ? undefined : value;
  };
  const address = plain('ansible_host') ?? plain('ip') ?? name;
  if (plain('ansible_connection') === 'local' || /^(?:localhost|127\.|::1$)/.test(address)) return [];
  const user = plain('ansible_user');
  const port = plain('ansible_port');
  const jump = /(?:ProxyJump=|-J\s*)([\w.@:-]+)/.exec(variables.get('ansible_ssh_common_args') ?? '')?.[1];
  return [
    {
      name,
      address,
      roles: rolesOf(name, lines),
      ...(user === undefined ? {} : { user }),
      ...(port === undefined || !/^\d+$/.test(port) || port === '22' ? {} : { port: Number(port) }),
      ...(jump === undefined ? {} : { jump }),
    },
  ];
}

/** What the groups say, each by the nearest that says something; the name of the host where they do not, or only vaguely. */
function rolesOf(name: string, lines: readonly (readonly string[])[]): readonly Role[] {
  const said = lines.flatMap((line) => line.map(roleOfGroup).find((each) => each !== undefined) ?? []);
  const byName = roleOfHost(name);
  const sure = said.filter((each) => !each.isVague).map((each) => each.role);
  if (sure.length === 0 && byName !== undefined) return [byName];
  const roles = new Set(said.map((each) => each.role));
  // A control plane that takes pods as well, or that etcd runs beside, is a control plane to Haven.
  if (roles.has('server')) {
    roles.delete('agent');
    roles.delete('etcd');
  } else if (sure.length > 0 && !sure.includes('agent')) roles.delete('agent');
  return [...roles];
}

/** Ranges stand for several hosts: `node[01:03]`, `node[a:c]`, `node[1:9:2]`. */
function expanded(pattern: string): readonly string[] {
  const range = /^(.*?)\[(\w+):(\w+)(?::(\d+))?\](.*)$/.exec(pattern);
  if (range === null) return [pattern];
  const [, head = '', from = '', to = '', stride = '1', tail = ''] = range;
  const isNumber = /^\d+$/.test(from) && /^\d+$/.test(to);
  if (!isNumber && !/^[A-Za-z]$/.test(from + to.slice(1))) return [pattern];
  const first = isNumber ? Number(from) : from.charCodeAt(0);
  const last = isNumber ? Number(to) : to.charCodeAt(0);
  const names: string[] = [];
  for (let at = first; at <= last && names.length < 256; at += Math.max(1, Number(stride)))
    names.push(`${head}${isNumber ? String(at).padStart(from.length, '0') : String.fromCharCode(at)}`);
  return names.flatMap((each) => expanded(tail).map((end) => each + end));
}

/** Variables by which well-known roles are told the address of the API, and the one that holds its port. */
const endpointVariables: readonly (readonly [address: string, port: string])[] = [
  ['loadbalancer_apiserver.address', 'loadbalancer_apiserver.port'],
  ['apiserver_loadbalancer_domain_name', 'loadbalancer_apiserver.port'],
  ['k3s_registration_address', 'k3s_registration_port'],
  ['apiserver_endpoint', 'apiserver_port'],
  ['api_endpoint', 'api_port'],
  ['kube_vip_address', 'kube_vip_port'],
  ['control_plane_endpoint', 'control_plane_port'],
];

function endpointOf(variables: ReadonlyMap<string, string>): string | undefined {
  for (const [address, port] of endpointVariables) {
    const host = (variables.get(address) ?? '').replace(/^https:\/\//, '');
    if (host === '' || !/^[\w.:-]+$/.test(host)) continue;
    if (/^[^:]+:\d+$/.test(host)) return host;
    const number = variables.get(port) ?? '6443';
    return `${host.includes(':') ? `[${host}]` : host}:${/^\d+$/.test(number) ? number : '6443'}`;
  }
  return undefined;
}

function distributionOf(groups: Groups, variables: ReadonlyMap<string, string>): AnsibleFindings['distribution'] {
  const names = [...groups.keys(), ...variables.keys()];
  if (names.some((name) => /(^|_)k3s(_|$)/.test(name))) return 'k3s';
  return names.some((name) => /kubeadm|^kube[-_](control[-_]plane|master|node|version)$/.test(name))
    ? 'kubeadm'
    : undefined;
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, '$2');
}

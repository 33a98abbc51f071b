import type { Role } from '../../model/inventory/inventory';
import { parseLocatedYaml, scalarAt, type YamlValue } from '../../syntax/located-yaml';

/** A host that another program's file knows. */
export interface FoundHost {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly Role[];
  readonly user?: string;
  readonly port?: number;
  readonly jump?: string;
}

const roleWords: readonly { readonly role: Role; readonly pattern: RegExp }[] = [
  { role: 'loadbalancer', pattern: /^(?:.*[-_])?(?:lbs?|load[-_]?balancers?|haproxy|keepalived|vip)(?:[-_]?\d+)?$/i },
  { role: 'etcd', pattern: /^(?:.*[-_])?etcd(?:[-_]?\d+)?$/i },
  {
    role: 'server',
    pattern:
      /^(?:.*[-_])?(?:cp|masters?|servers?|control[-_]?planes?|kube[-_]control[-_]plane|kube[-_]master|managers?)(?:[-_]?\d+)?$/i,
  },
  { role: 'agent', pattern: /^(?:.*[-_])?(?:workers?|agents?|kube[-_]node|nodes?)(?:[-_]?\d+)?$/i },
];

/** The role that the name of a host or group stands for; undefined for names that tell nothing. */
export function roleOfName(name: string): Role | undefined {
  return roleWords.find((each) => each.pattern.test(name))?.role;
}

/** The hosts of an OpenSSH client configuration that have a name of their own; patterns are left out. */
export function sshHosts(text: string): readonly FoundHost[] {
  const hosts: FoundHost[] = [];
  let names: readonly string[] = [];
  let settings = new Map<string, string>();
  const finish = () => {
    for (const name of names) {
      if (/[*?!]/.test(name)) continue;
      const role = roleOfName(name);
      hosts.push({
        name,
        address: settings.get('hostname')?.replaceAll('%h', name) ?? name,
        roles: role === undefined ? [] : [role],
        ...optional(settings.get('user'), settings.get('port'), settings.get('proxyjump')),
      });
    }
  };
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*(\w+)(?:\s*=\s*|\s+)"?([^"]*?)"?\s*$/.exec(line);
    if (found === null || line.trimStart().startsWith('#')) continue;
    const [, keyword = '', value = ''] = found;
    const key = keyword.toLowerCase();
    if (key === 'host' || key === 'match') {
      finish();
      names = key === 'host' ? value.split(/\s+/) : [];
      settings = new Map();
    } else if (!settings.has(key)) settings.set(key, value);
  }
  finish();
  return hosts;
}

/** The hosts of an Ansible inventory. Groups give the roles; variables of connection give the rest. */
export function ansibleHosts(text: string): readonly FoundHost[] {
  const root = parseLocatedYaml(text)[0]?.root;
  const found = root?.kind === 'map' && !/^\s*\[/m.test(text) ? fromYaml(root) : fromIni(text);
  const byName = new Map<string, FoundHost>();
  for (const host of found) {
    const known = byName.get(host.name);
    byName.set(host.name, known === undefined ? host : merged(known, host));
  }
  return [...byName.values()].map((host) => {
    const role = host.roles.length === 0 ? roleOfName(host.name) : undefined;
    return role === undefined ? host : { ...host, roles: [role] };
  });
}

function fromIni(text: string): FoundHost[] {
  const hosts: FoundHost[] = [];
  let group = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]+)\]/.exec(line);
    if (header !== null) group = header[1] ?? '';
    else if (!group.includes(':') && /^\s*[A-Za-z0-9]/.test(line)) {
      const [pattern = '', ...words] = line
        .replace(/\s[#;].*$/, '')
        .trim()
        .split(/\s+/);
      const variables = new Map(
        words.flatMap((word): [string, string][] => {
          const at = word.indexOf('=');
          return at < 0 ? [] : [[word.slice(0, at), word.slice(at + 1).replace(/^["']|["']$/g, '')]];
        }),
      );
      for (const name of expanded(pattern)) hosts.push(hostOf(name, group, (key) => variables.get(key)));
    }
  }
  return hosts;
}

function fromYaml(root: YamlValue, group = 'all', depth = 0): FoundHost[] {
  if (root.kind !== 'map' || depth > 10) return [];
  return root.entries.flatMap(({ key, value }) => {
    if (key === 'hosts' && value.kind === 'map')
      return value.entries.flatMap((host) =>
        expanded(host.key).map((name) => hostOf(name, group, (variable) => scalarAt(host.value, variable)?.text)),
      );
    if (key === 'children' && value.kind === 'map')
      return value.entries.flatMap((child) => fromYaml(child.value, child.key, depth + 1));
    return depth === 0 && key !== 'vars' ? fromYaml(value, key, depth + 1) : [];
  });
}

/** `node[1:3]` stands for three hosts. */
function expanded(pattern: string): readonly string[] {
  const range = /^(.*)\[(\d+):(\d+)\](.*)$/.exec(pattern);
  if (range === null) return [pattern];
  const [, head = '', from = '', to = '', tail = ''] = range;
  const count = Math.min(Number(to) - Number(from), 255);
  return Array.from(
    { length: count + 1 },
    (_, i) => `${head}${String(Number(from) + i).padStart(from.length, '0')}${tail}`,
  );
}

function hostOf(name: string, group: string, variable: (key: string) => string | undefined): FoundHost {
  const role = roleOfName(group);
  const plain = (key: string) => {
    const value = variable(key) ?? variable(key.replace('ansible_', 'ansible_ssh_'));
    return value === undefined || value.includes('{{') ? undefined : value;
  };
  return {
    name,
    address: plain('ansible_host') ?? variable('ip') ?? name,
    roles: role === undefined ? [] : [role],
    ...optional(plain('ansible_user'), plain('ansible_port'), undefined),
  };
}

function optional(user?: string, port?: string, jump?: string): Pick<FoundHost, 'user' | 'port' | 'jump'> {
  return {
    ...(user === undefined ? {} : { user }),
    ...(port === undefined || !/^\d+$/.test(port) || port === '22' ? {} : { port: Number(port) }),
    ...(jump === undefined || jump === 'none' ? {} : { jump }),
  };
}

function merged(a: FoundHost, b: FoundHost): FoundHost {
  const address = a.address === a.name ? b.address : a.address;
  return { ...b, ...a, address, roles: [...new Set([...a.roles, ...b.roles])] };
}

import type { Role } from '../../model/inventory/inventory';
import { roleOfHost } from './host-roles';

/** A host that another program's file knows. */
export interface FoundHost {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly Role[];
  readonly user?: string;
  readonly port?: number;
  readonly jump?: string;
}

/** The hosts of an OpenSSH client configuration that have a name of their own; patterns are left out. */
export function sshHosts(text: string): readonly FoundHost[] {
  const hosts: FoundHost[] = [];
  let names: readonly string[] = [];
  let settings = new Map<string, string>();
  const finish = () => {
    for (const name of names) {
      if (/[*?!]/.test(name)) continue;
      const role = roleOfHost(name);
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

function optional(user?: string, port?: string, jump?: string): Pick<FoundHost, 'user' | 'port' | 'jump'> {
  return {
    ...(user === undefined ? {} : { user }),
    ...(port === undefined || !/^\d+$/.test(port) || port === '22' ? {} : { port: Number(port) }),
    ...(jump === undefined || jump === 'none' ? {} : { jump }),
  };
}

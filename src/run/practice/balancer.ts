import { setActive } from './units';
import type { Machine, Service } from './world';

/** The file that each program of a load balancer reads when it starts and when it is told to read it again. */
const paths: Readonly<Record<string, string>> = {
  haproxy: '/etc/haproxy/haproxy.cfg',
  keepalived: '/etc/keepalived/keepalived.conf',
};

const haproxySections = new Set(
  [
    'global',
    'defaults',
    'frontend',
    'backend',
    'listen',
    'userlist',
    'peers',
    'resolvers',
    'mailers',
    'program',
  ].concat(['cache', 'http-errors', 'ring', 'log-forward', 'fcgi-app', 'crt-store', 'traces']),
);
const keepalivedBlocks = /^\s*(?:[!#]|$|\}|global_defs|vrrp_|static_|virtual_server|include|net_namespace|@)/;

/**
 * What is wrong with a file of a load balancer, as its program would say it; undefined when nothing is. Only what stands at
 * the top level is looked at: the editor is the place to learn the rest.
 */
export function complaintAbout(program: string, path: string, text: string): string | undefined {
  let depth = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const [word = ''] = line.trim().split(/\s+/);
    if (program === 'haproxy') {
      if (word === '' || word.startsWith('#') || /^\s/.test(line) || haproxySections.has(word)) continue;
      return (
        `[ALERT]    (1) : config : parsing [${path}:${index + 1}]: unknown keyword '${word}' out of section.\n` +
        `[ALERT]    (1) : config : Error(s) found in configuration file : ${path}\n`
      );
    }
    if (depth === 0 && !keepalivedBlocks.test(line)) return `(${path}: Line ${index + 1}) Unknown keyword '${word}'\n`;
    const code = line.replace(/[!#].*/, '');
    depth += (code.match(/\{/g) ?? []).length - (code.match(/\}/g) ?? []).length;
  }
  if (program === 'keepalived' && depth > 0) return `(${path}: Line ${text.split('\n').length}) Missing '}'\n`;
  return undefined;
}

/** The load balancers of a practice cluster: what their programs have read, and where their ports lead. */
export class Balancers {
  private readonly read = new Map<string, string>();

  /** Reads the file anew; the exit code is not 0, and the old settings stay, when it is wrong or not there. */
  reload(machine: Machine, program: string): number {
    const path = paths[program];
    if (path === undefined) return 0;
    if (!machine.files.has(path)) return 1;
    const text = machine.files.text(path);
    if (complaintAbout(program, path, text) !== undefined) return 1;
    this.read.set(`${machine.name}/${program}`, text);
    return 0;
  }

  /** haproxy and keepalived as services: they end at once when their file is wrong. */
  service(program: string, now: () => number): Service {
    return {
      start: (machine, unit) => {
        if (this.reload(machine, program) === 0) setActive(unit, now());
        else Object.assign(unit, { active: 'failed', sub: 'failed', result: 'exit-code', exitStatus: 1, mainPid: 0 });
      },
      stop: (machine) => {
        this.read.delete(`${machine.name}/${program}`);
      },
    };
  }

  /** Whether haproxy on the machine listens on this port and sends to a backend. */
  leadsToServers(machine: Machine, port: string): boolean {
    if (machine.units.get('haproxy')?.active !== 'active' || !machine.hasPower) return false;
    const text = this.read.get(`${machine.name}/haproxy`) ?? '';
    return new RegExp(`^\\s+bind\\s+\\S*:${port}\\b`, 'm').test(text) && /^\s+server\s/m.test(text);
  }
}

/** What the load balancers of a new practice cluster run, before the files of the example are put there. */
export function firstFiles(network: string, servers: readonly { readonly name: string; readonly address: string }[]) {
  const lines = servers.map(({ name, address }) => `    server ${name} ${address}:6443 check\n`).join('');
  return {
    [paths.haproxy ?? '']:
      `defaults\n    mode tcp\n    timeout connect 5s\n    timeout client 4h\n    timeout server 4h\n\nfrontend kubernetes\n    bind *:6443\n    default_backend servers\n\nbackend servers\n${lines}`,
    [paths.keepalived ?? '']:
      `vrrp_instance API {\n    interface eth0\n    virtual_router_id 61\n    priority 100\n    virtual_ipaddress {\n        ${network}.100/24\n    }\n}\n`,
  };
}

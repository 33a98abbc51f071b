import { directivesNamed } from '../../../syntax/nginx/parse-nginx';
import { analyseNginx, portOf } from '../../nginx/analyse-nginx';
import { parseHostPort } from '../located';
import type { Backend, BackendServer, Listener, LoadBalancerFacts } from './file-facts';

/** The listeners and upstreams of the `stream` block: the same facts as those of haproxy. */
export function nginxFacts(path: string, text: string): LoadBalancerFacts {
  const { upstreams, servers } = analyseNginx(text);
  const listeners: Listener[] = [];
  const routes = new Map<string, string[]>();
  for (const [index, server] of servers.entries()) {
    const proxy = `server ${index + 1}`;
    for (const listen of server.listens) {
      const word = listen.args[0];
      const port = word === undefined ? undefined : portOf(word.text);
      if (word === undefined || port === undefined || listen.args.some((arg) => arg.text === 'udp')) continue;
      const host = /^\d+$/.test(word.text) ? '*' : (parseHostPort(word.text)?.host ?? '*');
      const any = host === '*' || host === '0.0.0.0' || host === '::';
      listeners.push({ proxy, host: any ? undefined : host, port, path, span: word.span, transparent: false });
    }
    const target = server.pass?.args[0]?.text;
    if (target !== undefined) routes.set(proxy, [target]);
  }
  const backends = upstreams.map((upstream): Backend => {
    const name = upstream.args[0] ?? upstream.name;
    const lines = directivesNamed(upstream.block ?? [], 'server');
    return {
      name: name.text,
      path,
      span: name.span,
      servers: lines.flatMap((line): BackendServer[] => {
        const word = line.args[0];
        const address = word === undefined ? undefined : parseHostPort(word.text);
        if (word === undefined || address === undefined || word.text.startsWith('unix:')) return [];
        return [{ name: word.text, host: address.host, port: address.port, path, span: word.span, line: line.span }];
      }),
    };
  });
  return { kind: 'loadbalancer', program: 'nginx', path, paths: [path], listeners, backends, routes };
}

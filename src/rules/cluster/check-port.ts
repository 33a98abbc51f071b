import { placeOf, related } from '../../base/finding';
import { say } from '../../base/message';
import { type ClusterModel, controlPlanes, named } from '../../model/cluster/cluster-model';
import { rule } from '../rule';

/** Ports of Kubernetes and of every machine that no file of the cluster opens (kubernetes.io, "Ports and Protocols"). */
const elsewhere = new Set([22, 2379, 2380, 2381, 6444, 9345, 10248, 10250, 10256, 10257, 10259]);

/** A URL, or the device of bash: where a command asks. */
const asked = /https?:\/\/(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})\b|\/dev\/tcp\/([\w.:-]+)\/(\d{1,5})\b/;

interface Asked {
  readonly at: number;
  readonly host: string;
  readonly port: number;
}

/** What `nc` asks: the first word behind its options, which may each have a number, and the number behind that. */
function askedByNetcat(command: string): Asked | undefined {
  const words = [...command.matchAll(/\S+/g)];
  const textOf = (at: number) => words[at]?.[0] ?? '';
  for (let at = 0; at < words.length; at++) {
    if (!/\bnc(?:at)?$/.test(textOf(at).slice(-6))) continue;
    const index = words[at]?.index ?? 0;
    while (textOf(at + 1).startsWith('-')) at += /^\d+$/.test(textOf(at + 2)) ? 2 : 1;
    const host = textOf(at + 1);
    const port = /^\d{1,5}\b/.exec(textOf(at + 2))?.[0];
    if (port !== undefined && /^(?!\d+$)[\w.:-]+$/.test(host)) return { at: index, host, port: Number(port) };
  }
  return undefined;
}

/** The first place where a command asks. */
export function placeAsked(command: string): Asked | undefined {
  const found = asked.exec(command);
  const byNetcat = askedByNetcat(command);
  if (found === null || (byNetcat !== undefined && byNetcat.at < found.index)) return byNetcat;
  const host = (found[1] ?? found[3] ?? '').replace(/^\[|\]$/g, '');
  return { at: found.index, host, port: Number(found[2] ?? found[4]) };
}

export const checkPort = rule<ClusterModel>({
  id: 'cluster/check-port',
  severity: 'warning',
  summary: 'A check of keepalived asks a port of its own node on which nothing of the cluster listens.',

  *check(model) {
    // nginx may listen for HTTP in files that are not read here.
    if (model.loadBalancers.length === 0 || model.loadBalancers.some(({ facts }) => facts.program === 'nginx')) return;
    const listeners = model.loadBalancers.flatMap(({ facts }) => facts.listeners);
    const ports = new Set([
      ...listeners.map((each) => each.port),
      ...controlPlanes(model).map((each) => each.port),
      ...model.kubeVips.flatMap(({ facts }) => facts.port?.value ?? []),
    ]);
    const [listener] = listeners;
    if (listener === undefined) return;
    for (const { facts } of model.keepalived) {
      for (const command of facts.commands) {
        const { host, port } = placeAsked(command.value) ?? { host: '', port: Number.NaN };
        const isOwn = /^(?:127\.|localhost$|::1$)/.test(host) || named(model.virtualAddresses, host) !== undefined;
        if (!isOwn || !(port > 0) || ports.has(port) || elsewhere.has(port)) continue;
        yield {
          ...placeOf(command),
          message: say(
            '{0} asks port {1}, on which no load balancer and no API server of the cluster listens (they listen on {2}): it always fails',
            command.name,
            port,
            [...ports].sort((a, b) => a - b).join(', '),
          ),
          related: [related(listener, say('the load balancer listens here'))],
        };
      }
    }
  },
});

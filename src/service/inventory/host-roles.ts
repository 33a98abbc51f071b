import type { Role } from '../../model/inventory/inventory';

/** Words of a name that stand for a role wherever they occur; in this order, as `etcd_servers` are etcd's. */
const telling: readonly (readonly [RegExp, Role])[] = [
  [/^(?:lbs?|loadbalancers?|haproxy|keepalived|vip)$/, 'loadbalancer'],
  [/^etcd$/, 'etcd'],
  [/^(?:cps?|masters?|controlplanes?|controllers?|control)$/, 'server'],
  [/^(?:workers?|agents?|minions?)$/, 'agent'],
];
/** Words that every machine may be called: they tell only where nothing but Kubernetes is spoken of. */
const vague: readonly (readonly [RegExp, Role])[] = [
  [/^(?:servers?|managers?)$/, 'server'],
  [/^nodes?$/, 'agent'],
];
const ofKubernetes = /^(?:k3s|k8s|kube|kubernetes|rke2|ha|cluster)?$/;

/** The role that the name of an Ansible group stands for, and whether its word is one that any machine may have. */
export function roleOfGroup(name: string): { readonly role: Role; readonly isVague: boolean } | undefined {
  const words = wordsOf(name);
  const told = roleIn(words, telling);
  if (told !== undefined) return { role: told, isVague: false };
  const guessed = roleIn(words, vague);
  const others = words.filter((word) => !vague.some(([pattern]) => pattern.test(word)));
  return guessed !== undefined && others.every((word) => ofKubernetes.test(word))
    ? { role: guessed, isVague: true }
    : undefined;
}

/** The role that the name of a machine stands for: `node1` tells nothing, as servers are called so too. */
export function roleOfHost(name: string): Role | undefined {
  const words = wordsOf(name.split('.')[0] ?? name);
  const told = roleIn(words, telling);
  if (told !== undefined) return told;
  const others = words.filter((word) => !/^servers?$/.test(word));
  return others.length < words.length && others.every((word) => ofKubernetes.test(word)) ? 'server' : undefined;
}

function roleIn(words: readonly string[], table: readonly (readonly [RegExp, Role])[]): Role | undefined {
  return table.find(([pattern]) => words.some((word) => pattern.test(word)))?.[1];
}

/** `k8s-control-plane_01` → `k8s`, `controlplane`; `k3sserver01` → `k3s`, `server`; numbers at the end of a word only count machines. */
function wordsOf(name: string): readonly string[] {
  return name
    .toLowerCase()
    .replace(/(control|load)[-_]?(planes?|balancers?)/g, '$1$2')
    .replace(
      /(^|[-_.])(k3s|k8s|rke2|kube)(?=(?:server|master|controlplane|control|worker|agent|node|etcd|cp|lb)s?\d*(?:$|[-_.]))/g,
      '$1$2-',
    )
    .split(/[-_.\s]+/)
    .map((word) => (/^(?:k3s|k8s|rke2)$/.test(word) ? word : word.replace(/\d+[a-z]?$/, '')))
    .filter((word) => word !== '');
}

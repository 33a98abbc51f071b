import { say } from '../base/message';
import { compareVersions, parseVersion } from '../base/version';
import type { KubeNode } from './commands/kubectl';
import type { Concern } from './plan';

/** A release of k3s or Kubernetes as it is written: `v1.34.1+k3s1`, `v1.34.1`. */
export function isRelease(text: string, distribution: 'k3s' | 'kubeadm'): boolean {
  return (distribution === 'k3s' ? /^v\d+\.\d+\.\d+(?:-rc\d+)?\+k3s\d+$/ : /^v\d+\.\d+\.\d+$/).test(text);
}

/**
 * Orders releases: by their numbers, then a release candidate before the release, then k3s's own number, which semantic
 * versioning would not look at.
 */
export function compareReleases(a: string, b: string): number {
  const numbers = compareVersions(parseVersion(a) ?? [], parseVersion(b) ?? []);
  if (numbers !== 0) return numbers;
  const candidate = (text: string) => Number(/-rc(\d+)/.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  const build = (text: string) => Number(/\+k3s(\d+)/.exec(text)?.[1] ?? 0);
  if (candidate(a) !== candidate(b)) return candidate(a) < candidate(b) ? -1 : 1;
  return build(a) - build(b);
}

/** The first releases of a line that carry etcd 3.5.26: from older ones, removed members come back under etcd 3.6 (k3s #13485). */
const safeBeforeEtcd36: Readonly<Record<string, string>> = { '1.32': 'v1.32.11+k3s3', '1.33': 'v1.33.7+k3s3' };

const lineOf = (release: string): string => (parseVersion(release) ?? []).slice(0, 2).join('.');
const minorOf = (release: string): number => parseVersion(release)?.[1] ?? 0;

/** What stands against bringing these nodes to `target` (Kubernetes version skew policy; k3s, upgrades). */
export function skewConcerns(
  target: string,
  nodes: readonly KubeNode[],
  parameters: {
    readonly distribution: 'k3s' | 'kubeadm';
    readonly servers: ReadonlySet<string>;
    readonly upgraded: ReadonlySet<string>;
  },
): Concern[] {
  const found: Concern[] = [];
  for (const node of nodes) {
    const { name, version } = node;
    if (parameters.upgraded.has(name)) {
      if (compareReleases(target, version) < 0) {
        found.push({
          host: name,
          message: say('{0} is older than {1}, which runs there', target, version),
          remedy: say('going back needs the snapshot that was taken before the upgrade'),
        });
      } else if (parameters.servers.has(name) && minorOf(target) - minorOf(version) > 1) {
        found.push({
          host: name,
          message: say('{0} skips a minor release: {1} runs there', target, version),
          remedy: say('go to the newest patch of each minor release in between first'),
        });
      }
      const safe = safeBeforeEtcd36[lineOf(version)];
      const entersEtcd36 = minorOf(version) <= 33 && minorOf(target) >= 34;
      if (parameters.distribution === 'k3s' && parameters.servers.has(name) && entersEtcd36) {
        if (safe === undefined || compareReleases(version, safe) < 0) {
          found.push({
            host: name,
            message: say(
              '{0} brings etcd 3.6, which must not follow on {1}: removed members would come back',
              target,
              version,
            ),
            remedy: say('upgrade to {0} or a later patch of that line first', safe ?? 'v1.33.7+k3s3'),
          });
        }
      }
    } else if (parameters.servers.has(name) && minorOf(target) - minorOf(version) > 1) {
      found.push({
        host: name,
        message: say('servers may be one minor release apart, and {0} would stay at {1}', name, version),
        remedy: say('upgrade it as well'),
      });
    } else if (!parameters.servers.has(name) && minorOf(target) - minorOf(version) > 3) {
      found.push({
        host: name,
        message: say(
          'a kubelet may be three minor releases older than the API server, and {0} would stay at {1}',
          name,
          version,
        ),
        remedy: say('upgrade it first'),
      });
    }
  }
  const oldestServer = nodes
    .filter((each) => parameters.servers.has(each.name) && !parameters.upgraded.has(each.name))
    .map((each) => each.version)
    .sort(compareReleases)[0];
  for (const { name } of nodes) {
    if (parameters.servers.has(name) || !parameters.upgraded.has(name) || oldestServer === undefined) continue;
    if (minorOf(target) > minorOf(oldestServer)) {
      found.push({
        host: name,
        message: say('a kubelet must not be newer than the API server, and a server runs {0}', oldestServer),
        remedy: say('upgrade the servers first'),
      });
    }
  }
  return found;
}

import { parseIp } from '../../base/address';
import type { Finding } from '../../base/finding';
import { parseGoBool } from '../../base/go-bool';
import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { compareVersions, parseVersion, type Version } from '../../base/version';
import { type KubeVipVariable, kubeVipVariables } from '../../catalog/kube-vip/environment';
import { type PodContainer, type StaticPodAnalysis, variableOf } from '../../model/static-pod/analyse-static-pod';
import { goScalar } from '../../syntax/go-scalar';
import { scalarAt, scalarsOf, valueAt } from '../../syntax/located-yaml';
import { rule } from '../rule';
import { change, isOpen } from './fields';

/** The containers of kube-vip, each with the release of its image. */
function kubeVipsIn({
  pods,
}: StaticPodAnalysis): readonly { readonly container: PodContainer; readonly release: Version | undefined }[] {
  return pods.flatMap(({ containers }) =>
    containers.flatMap((container) =>
      container.kubeVip === undefined ? [] : [{ container, release: container.kubeVip.release }],
    ),
  );
}

const reads = (release: Version, { since, until }: KubeVipVariable): boolean =>
  (since === undefined || compareVersions(release, parseVersion(since) ?? []) >= 0) &&
  (until === undefined || compareVersions(release, parseVersion(until) ?? []) <= 0);

export const unknownVariable = rule<StaticPodAnalysis>({
  id: 'static-pod/unknown-variable',
  severity: 'warning',
  summary: 'kube-vip has no variable of this name, or not in this release; what it says does nothing.',

  *check(analysis) {
    for (const { container, release } of kubeVipsIn(analysis))
      for (const { name } of container.variables) {
        const known = kubeVipVariables.get(name.text);
        if (known !== undefined) {
          if (release === undefined || reads(release, known)) continue;
          // The default is what nearly everybody writes.
          if (name.text === 'vip_cidr' && /^(?:32|128)?$/.test(variableOf(container, 'vip_cidr')?.text ?? '')) continue;
          const text = `v${release.join('.')}`;
          yield {
            span: name.span,
            severity: name.text === 'vip_cidr' ? 'warning' : 'info',
            message:
              known.until !== undefined
                ? say('kube-vip {0} does not read "{1}": v{2} was the last that did', text, name.text, known.until)
                : say('kube-vip {0} does not read "{1}": it came with v{2}', text, name.text, known.since ?? ''),
          };
          continue;
        }
        // Names of other programs are short or far away.
        const given = new Set(container.variables.map((each) => each.name.text));
        const current = [...kubeVipVariables.keys()].filter((each) => !given.has(each));
        const meant = isOpen(name.text.toLowerCase()) ? undefined : nearest(name.text, current);
        if (meant === undefined || (!meant.includes('_') && name.text.toLowerCase() !== meant)) continue;
        yield {
          span: name.span,
          message: say('kube-vip has no variable "{0}"; did you mean "{1}"?', name.text, meant),
          fixes: change(name.span, meant),
        };
      }
  },
});

/** Why kube-vip does not read a value; the texts are those of Go's strconv. */
function problemOf({ name, kind }: KubeVipVariable, text: string, release: Version | undefined): Message | undefined {
  const whole = /^[+-]?\d+$/.test(text);
  switch (kind) {
    case 'bool':
      return parseGoBool(text) === undefined ? say('"{0}" takes true or false', name) : undefined;
    case 'int':
      return whole && Math.abs(Number(text)) <= 2 ** 31 ? undefined : say('"{0}" takes a whole number', name);
    case 'uint':
      return /^\d+$/.test(text) && Number(text) < 2 ** 32 ? undefined : say('"{0}" takes a whole number', name);
    case 'port':
      return /^\d+$/.test(text) && Number(text) < 65_536 ? undefined : say('"{0}" takes a port', name);
    case 'health':
      return whole && Number(text) >= 1024 && Number(text) < 65_536
        ? undefined
        : say('"{0}" takes a port from 1024 on', name);
    case 'mask':
      return maskProblem(text, release);
    case 'json':
    case 'text':
      return undefined;
  }
}

/** Up to v0.8 the text is put behind the address as it is, from v0.9 on it is a number (kube-vip pkg/vip/address.go). */
function maskProblem(text: string, release: Version | undefined): Message | undefined {
  const parts = text.split(',').map((each) => each.trim());
  if (parts.every((each) => each === 'auto')) return undefined;
  const lengths = parts.map((each) => /^\/?(\d+)$/.exec(each)?.[1]);
  if (lengths.some((each) => each === undefined || Number(each) > 128))
    return say('"{0}" takes the length of a network such as 32', 'vip_subnet');
  if (release === undefined) return undefined;
  const isNew = compareVersions(release, [0, 9]) >= 0;
  if (isNew && text.includes('/'))
    return say('kube-vip takes the length without a slash from v0.9 on and ends with an error at this one');
  return !isNew && !text.startsWith('/')
    ? say('kube-vip puts this right behind the address before v0.9: it has to begin with a slash')
    : undefined;
}

export const variableValue = rule<StaticPodAnalysis>({
  id: 'static-pod/variable-value',
  severity: 'error',
  summary: 'kube-vip cannot read the value of a variable and ends with an error right after its start.',

  *check(analysis) {
    for (const { container, release } of kubeVipsIn(analysis)) {
      for (const { name, value } of container.variables) {
        const known = kubeVipVariables.get(name.text);
        if (known === undefined || value?.kind !== 'scalar' || value.text === '' || isOpen(value.text)) continue;
        // What is no text at all is told by static-pod/wrong-kind.
        if (goScalar(value).type !== 'text') continue;
        if (release !== undefined && !reads(release, known)) continue;
        const message = problemOf(known, value.text, release);
        if (message !== undefined) yield { span: value.span, message };
        else yield* addressProblem(name.text, value);
      }
    }
  },
});

/** An address or a name where kube-vip looks for one: a port or a length of a network is none of both. */
function* addressProblem(
  name: string,
  { text, span }: { readonly text: string; readonly span: Finding['span'] },
): Iterable<Finding> {
  if (name !== 'address' && name !== 'vip_address') return;
  // Several are separated by commas.
  for (const each of text.split(',').map((one) => one.trim())) {
    if (parseIp(each) !== undefined) continue;
    const behind = /^([\d.]+)(?:\/|:)\d+$/.exec(each);
    if (behind?.[1] !== undefined && parseIp(behind[1]) !== undefined)
      yield { span, message: say('"{0}" takes an address alone; port and length have variables of their own', name) };
    else if (/^[\d.]+$/.test(each)) yield { span, message: say('"{0}" is no address', each) };
  }
}

export const leaseTimes = rule<StaticPodAnalysis>({
  id: 'static-pod/lease-times',
  severity: 'error',
  summary: 'The times of the lease do not fit each other; kube-vip ends before it holds an address.',

  *check(analysis) {
    for (const { container } of kubeVipsIn(analysis)) {
      const timeOf = (name: string) => {
        const value = variableOf(container, name);
        return value !== undefined && /^\d+$/.test(value.text) ? { value, seconds: Number(value.text) } : undefined;
      };
      const [lease, renew, retry] = ['vip_leaseduration', 'vip_renewdeadline', 'vip_retryperiod'].map(timeOf);
      if (lease !== undefined && renew !== undefined && lease.seconds <= renew.seconds)
        yield {
          span: renew.value.span,
          message: say(
            'vip_renewdeadline ({0} s) has to be less than vip_leaseduration ({1} s)',
            renew.seconds,
            lease.seconds,
          ),
          related: [{ span: lease.value.span, message: say('the lease holds this long') }],
        };
      // client-go waits up to a fifth longer between two attempts (tools/leaderelection JitterFactor).
      if (renew !== undefined && retry !== undefined && renew.seconds <= retry.seconds * 1.2)
        yield {
          span: retry.value.span,
          message: say(
            'vip_retryperiod ({0} s) times 1.2 has to be less than vip_renewdeadline ({1} s)',
            retry.seconds,
            renew.seconds,
          ),
          related: [{ span: renew.value.span, message: say('the lease has to be renewed within this time') }],
        };
    }
  },
});

export const kubeVipRights = rule<StaticPodAnalysis>({
  id: 'static-pod/kube-vip-rights',
  severity: 'error',
  absence: true,
  summary: 'kube-vip has no right to put an address on an interface.',

  *check({ pods }) {
    for (const { containers, isPart } of pods) {
      if (isPart) continue;
      for (const container of containers) {
        const { map, image } = container;
        if (container.kubeVip === undefined || image === undefined) continue;
        const context = valueAt(map, 'securityContext');
        if (context !== undefined && context.kind !== 'map') continue;
        if (scalarAt(context, 'privileged')?.text === 'true') continue;
        const added = scalarsOf(valueAt(context, 'capabilities', 'add')).map(({ text }) =>
          text.toUpperCase().replace(/^CAP_/, ''),
        );
        if (added.includes('NET_ADMIN') || added.includes('ALL') || added.some((each) => /[^A-Z_]/.test(each)))
          continue;
        // By BGP alone it sets up no address of its own.
        const isByArp = parseGoBool(variableOf(container, 'vip_arp')?.text ?? '') === true;
        if (!isByArp) continue;
        yield {
          span: image.span,
          message: say('kube-vip needs the capabilities {0} to set the address up', 'NET_ADMIN, NET_RAW'),
        };
      }
    }
  },
});

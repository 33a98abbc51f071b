import { say } from '../../base/message';
import type { Span } from '../../base/span';
import type { KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { isNull } from '../../model/kubeadm/content';
import { argumentsOf, entryAt, fieldOf, mapAt, textAt } from '../../model/kubeadm/lookup';
import { goScalar } from '../../syntax/go-scalar';
import { itemsOf, type YamlValue } from '../../syntax/located-yaml';
import { rule } from '../rule';
import { placeholderIn } from './values';

/** Documents of one kind that today's kubeadm reads. */
function* rootsOf({ documents }: KubeadmAnalysis, kind: string): Iterable<YamlValue> {
  for (const { root, api, kind: own } of documents)
    if (api !== undefined && own?.text === kind && root !== undefined) yield root;
}

function isTrue(value: YamlValue | undefined): boolean {
  return value?.kind === 'scalar' && goScalar(value).type === 'bool' && goScalar(value).text === 'true';
}

export const missingField = rule<KubeadmAnalysis>({
  id: 'kubeadm/missing-field',
  severity: 'error',
  summary: 'A field that kubeadm cannot do without is missing or empty.',
  absence: true,

  *check(analysis) {
    for (const root of rootsOf(analysis, 'JoinConfiguration')) {
      const discovery = mapAt(root, 'discovery');
      const span = entryAt(root, 'discovery')?.keySpan ?? fieldOf(root, 'kind')?.value.span ?? root.span;
      const token = mapAt(discovery, 'bootstrapToken');
      if (token === undefined && mapAt(discovery, 'file') === undefined) {
        // A value of another form has an error of its own.
        const other = entryAt(root, 'discovery')?.value;
        if (other !== undefined && other.kind !== 'map') continue;
        if (['bootstrapToken', 'file'].some((name) => entryAt(discovery, name) !== undefined)) continue;
        yield {
          span,
          message: say('join does not find its cluster: "discovery" has neither "bootstrapToken" nor "file"'),
        };
        continue;
      }
      const head = entryAt(discovery, 'bootstrapToken')?.keySpan;
      if (token !== undefined && head !== undefined) {
        for (const name of ['apiServerEndpoint', 'token']) {
          const entry = fieldOf(token, name);
          if (entry === undefined || isNull(entry.value))
            yield {
              span: entry?.keySpan ?? head,
              message: say('"{0}" is missing here; join refuses the file without it', name),
            };
        }
        const hashes = fieldOf(token, 'caCertHashes');
        if (
          itemsOf(hashes?.value).length === 0 &&
          hashes?.value.kind !== 'map' &&
          !isTrue(entryAt(token, 'unsafeSkipCAVerification')?.value)
        )
          yield {
            span: hashes?.keySpan ?? head,
            message: say(
              '"caCertHashes" is missing here: the hash of the CA that "kubeadm token create --print-join-command" prints',
            ),
          };
      }
      const file = mapAt(discovery, 'file');
      if (file !== undefined && fieldOf(file, 'kubeConfigPath') === undefined)
        yield {
          span: entryAt(discovery, 'file')?.keySpan ?? span,
          message: say('"{0}" is missing here; join refuses the file without it', 'kubeConfigPath'),
        };
    }
    for (const { name, nameSpan, document } of argumentsOf(analysis))
      if (document.api === 'v1beta3' && name === '') yield { span: nameSpan, message: say('the argument has no name') };
    for (const document of analysis.documents)
      for (const { type, entries, map } of document.content.objects) {
        if (type !== 'Arg') continue;
        const name = entries.find((entry) => entry.key === 'name');
        if (name !== undefined && !isNull(name.value)) continue;
        const first = entries[0];
        yield {
          span: name?.keySpan ?? first?.keySpan ?? map.span,
          message: say('the argument has no name'),
        };
      }
  },
});

export const conflictingFields = rule<KubeadmAnalysis>({
  id: 'kubeadm/conflicting-fields',
  severity: 'error',
  summary: 'kubeadm refuses these fields or values together.',

  *check(analysis) {
    for (const root of rootsOf(analysis, 'ClusterConfiguration')) yield* etcdConflicts(mapAt(root, 'etcd'));
    for (const root of rootsOf(analysis, 'JoinConfiguration')) {
      const discovery = mapAt(root, 'discovery');
      const [token, file] = [entryAt(discovery, 'bootstrapToken'), entryAt(discovery, 'file')];
      if (token !== undefined && file !== undefined)
        yield {
          span: file.keySpan,
          message: say('"bootstrapToken" and "file" exclude each other; keep one way to find the cluster'),
          related: [{ span: token.keySpan, message: say('the other field') }],
        };
    }
    for (const root of rootsOf(analysis, 'InitConfiguration'))
      for (const token of itemsOf(entryAt(root, 'bootstrapTokens')?.value)) yield* tokenConflicts(token);
  },
});

function* etcdConflicts(etcd: YamlValue | undefined) {
  const [local, external] = [entryAt(etcd, 'local'), entryAt(etcd, 'external')];
  if (local !== undefined && external !== undefined) {
    yield {
      span: external.keySpan,
      message: say('"local" and "external" exclude each other; keep the one where etcd runs'),
      related: [{ span: local.keySpan, message: say('the other field') }],
    };
    return;
  }
  if (external === undefined) return;
  const file = (name: string) => textAt(external.value, name);
  const [ca, cert, key] = [file('caFile'), file('certFile'), file('keyFile')];
  const pair = cert ?? key;
  if (pair !== undefined && (cert === undefined || key === undefined))
    yield {
      span: entryAt(external.value, cert === undefined ? 'keyFile' : 'certFile')?.keySpan ?? pair.span,
      message: say(
        '"certFile" and "keyFile" belong together; "{0}" is missing',
        cert === undefined ? 'certFile' : 'keyFile',
      ),
    };
  else if (pair !== undefined && ca === undefined)
    yield {
      span: external.keySpan,
      message: say('with "certFile" and "keyFile" kubeadm wants "caFile", the CA of etcd'),
    };
  const needsHttps = ca !== undefined || pair !== undefined;
  const tlsField = ['caFile', 'certFile', 'keyFile']
    .filter((name) => file(name) !== undefined)
    .map((name) => entryAt(external.value, name))[0];
  for (const endpoint of itemsOf(entryAt(external.value, 'endpoints')?.value)) {
    if (endpoint.kind !== 'scalar' || goScalar(endpoint).type !== 'text' || /\{\{|\$\{/.test(endpoint.text)) continue;
    const placeholder = /^https?:\/\/[^<\n]*<.*>/.test(endpoint.text) ? placeholderIn(endpoint.text) : undefined;
    if (placeholder !== undefined) {
      // Go takes the signs for part of a name, and no etcd has that name.
      yield {
        span: endpoint.span,
        message: say('{0} is still to be filled in', placeholder),
        severity: 'warning' as const,
      };
      continue;
    }
    const problem = urlProblem(endpoint.text, needsHttps);
    if (problem === undefined) continue;
    const asking = needsHttps && goesWithoutTls.test(endpoint.text) ? tlsField : undefined;
    yield {
      span: endpoint.span,
      ...problem(endpoint.span),
      ...(asking === undefined ? {} : { related: [{ span: asking.keySpan, message: say('the other field') }] }),
    };
  }
}

/** An address of etcd that is whole, but for the TLS that the files beside it ask for. */
const goesWithoutTls = /^http:\/\//i;

/** What `url.Parse` of Go and the check behind it refuse of an address of etcd. */
function urlProblem(text: string, needsHttps: boolean) {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase();
  const authority = /^[^:]*:\/\/([^/?#]*)/.exec(text)?.[1] ?? '';
  const port = /:([^:\]]*)$/.exec(authority.replace(/^.*@/, ''))?.[1];
  const isBroken =
    /%(?![\da-fA-F]{2})/.test(text) ||
    /[\s^`{|}\\]/.test(authority) ||
    /[\u0000-\u001f\u007f]/.test(text) ||
    (port !== undefined && !/^\d*$/.test(port)) ||
    (scheme === undefined && /^[^/]*:/.test(text)) ||
    (/^\[/.test(authority) && !authority.includes(']'));
  const host = text.replace(/^[a-z]+:\/\//i, '');
  if (!isBroken && scheme !== undefined && (!needsHttps || scheme === 'https')) return undefined;
  return (span: Span) => ({
    message:
      !isBroken && scheme !== undefined
        ? say('with TLS files every address of etcd begins with https://')
        : say('"{0}" is not an address of etcd such as https://192.0.2.21:2379', text),
    ...(isBroken && scheme !== undefined
      ? {}
      : {
          fixes: [
            {
              title: say('Change to {0}', `https://${host}`),
              edits: [{ span, newText: `https://${host}` }],
              confidence: 'review' as const,
            },
          ],
        }),
  });
}

function* tokenConflicts(token: YamlValue) {
  const expires = entryAt(token, 'expires');
  if (expires !== undefined)
    yield {
      span: expires.keySpan,
      message: say('"expires" cannot be used in a file: "ttl" always has a value, and kubeadm refuses both together'),
    };
  const usages = entryAt(token, 'usages');
  const words = itemsOf(usages?.value).flatMap((each) => (each.kind === 'scalar' ? [each.text] : []));
  if (usages !== undefined && words.length > 0 && !words.includes('authentication'))
    yield {
      span: usages.keySpan,
      message: say(
        'a token that has groups wants "authentication" among its usages, and without "groups" it gets those of kubeadm',
      ),
    };
}

import { parseGoDuration } from '../../base/go-duration';
import { say } from '../../base/message';
import type { KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { itemsOf } from '../../syntax/located-yaml';
import { rule } from '../rule';

export const unverifiedDiscovery = rule<KubeadmAnalysis>({
  id: 'kubeadm/unverified-discovery',
  severity: 'warning',
  summary: 'Whoever knows the token can pass for the cluster.',

  *check({ documents }) {
    for (const { content } of documents)
      for (const { field, read, entry, object } of content.scalars)
        if (
          field.field === 'unsafeSkipCAVerification' &&
          read.text === 'true' &&
          itemsOf(object.entries.find((each) => each.key === 'caCertHashes')?.value).length === 0
        )
          yield {
            span: entry.keySpan,
            message: say('the node trusts whoever knows the token; give the hash of the CA in "caCertHashes" instead'),
          };
  },
});

export const permanentToken = rule<KubeadmAnalysis>({
  id: 'kubeadm/permanent-token',
  severity: 'warning',
  summary: 'The token never ends, and whoever finds it can join nodes.',

  *check({ documents }) {
    for (const { content } of documents)
      for (const { field, read, scalar } of content.scalars)
        if (field.in === 'BootstrapToken' && field.field === 'ttl' && parseGoDuration(read.text) === 0)
          yield {
            span: scalar.span,
            message: say('this token never ends; let it live for hours, and make a new one when you need it'),
          };
  },
});

export const keyInFile = rule<KubeadmAnalysis>({
  id: 'kubeadm/key-in-file',
  severity: 'hint',
  summary: 'The key decrypts every CA key of the cluster for two hours after an upload.',

  *check({ documents }) {
    for (const { content } of documents)
      for (const { field, read, entry } of content.scalars)
        if (field.format === 'certificate-key' && /^[0-9a-fA-F]{64}$/.test(read.text))
          yield {
            span: entry.keySpan,
            message: say(
              'this key opens the CA keys of the cluster; pass it on the command line and keep it out of the file',
            ),
          };
  },
});

const isToken = /^(?:token|tlsBootstrapToken)$/;

/** The token that kubeadm prints in its sample files. */
const sampleToken = 'abcdef.0123456789abcdef';

export const tokenInFile = rule<KubeadmAnalysis>({
  id: 'kubeadm/token-in-file',
  severity: 'hint',
  summary: 'Whoever reads the file can join nodes for as long as the token lives.',

  *check({ documents }) {
    for (const { content } of documents)
      for (const { field, read, entry } of content.scalars) {
        if (!isToken.test(field.field) || !/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(read.text)) continue;
        yield {
          span: entry.keySpan,
          message:
            read.text === sampleToken
              ? say('this is the token of the sample files, which everybody knows; "kubeadm token generate" makes one')
              : say('whoever reads this token can join nodes while it lives; keep it out of the file'),
        };
      }
  },
});

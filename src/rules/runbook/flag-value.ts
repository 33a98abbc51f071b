import { parseSloppyCidr } from '../../base/go-address';
import { type Message, say } from '../../base/message';
import { isFilledIn, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { optionOf } from '../../model/runbook/steps';
import { rule } from '../rule';

/** What the value of a flag looks like that somebody copied, and not one that stands for it (`<token>`, `xxxxxx.xxx`). */
interface Form {
  readonly flags: readonly string[];
  readonly isMeant: RegExp;
  readonly fits: (text: string) => boolean;
  readonly message: (text: string) => Message;
}

/** A word is a stand-in as well where one letter is repeated, or where no digit is in it. */
const isStandIn = (text: string): boolean => /(.)\1{4}/.test(text) || !/\d/.test(text);

/** k8s.io/cluster-bootstrap/token/api, kubernetes/kubernetes cmd/kubeadm/app/util/pubkeypin, …/phases/copycerts. */
const forms: readonly Form[] = [
  {
    flags: ['--token', '--discovery-token', '--tls-bootstrap-token'],
    isMeant: /^[A-Za-z0-9]{4,8}[.:][A-Za-z0-9]{12,20}$/,
    fits: (text) => /^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(text),
    message: (text) => say('"{0}" is no token: six letters or digits, a dot and sixteen more, none in capitals', text),
  },
  {
    flags: ['--discovery-token-ca-cert-hash'],
    isMeant: /^(?:sha256:?|SHA256:)?[0-9a-fA-F]{40,100}$/,
    fits: (text) => /^sha256:[0-9a-fA-F]{64}$/.test(text),
    message: (text) => say('"{0}" is no hash of the authority: "sha256:" and 64 hexadecimal digits', text),
  },
  {
    flags: ['--certificate-key'],
    isMeant: /^[0-9a-fA-F]{40,100}$/,
    fits: (text) => /^[0-9a-fA-F]{64}$/.test(text),
    message: (text) => say('"{0}" is no key for the certificates: it has 64 hexadecimal digits', text),
  },
  // A network that lacks a part or has one too large. Zeros in front are dropped, blanks refused (k8s.io/utils/net).
  {
    flags: ['--pod-network-cidr', '--service-cidr'],
    isMeant: /^(?=.*\d[.:])[\da-fA-F.:/, ]+$/,
    fits: (text) => text.split(',').every((each) => parseSloppyCidr(each) !== undefined),
    message: (text) => say('"{0}" is no network such as 10.244.0.0/16', text),
  },
];

export const flagValue = rule<RunbookAnalysis>({
  id: 'runbook/flag-value',
  severity: 'error',
  summary: 'A token, hash, key or network behind a flag of `kubeadm` is not of the form that kubeadm takes.',

  *check({ steps }) {
    for (const step of steps) {
      if (step.program !== 'kubeadm') continue;
      for (const { flags, isMeant, fits, message } of forms)
        for (const flag of flags) {
          const value = optionOf(step, flag);
          if (value === undefined || value.isOpen || isFilledIn(value.text)) continue;
          if (!isMeant.test(value.text) || fits(value.text) || isStandIn(value.text)) continue;
          yield { span: value.span, message: message(value.text) };
        }
    }
  },
});

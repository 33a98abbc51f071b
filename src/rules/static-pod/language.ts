import type { RuleInfo } from '../rule';

/** The faults that the reader of a manifest itself reports. */
export const staticPodLanguage = {
  syntax: {
    id: 'static-pod/syntax',
    severity: 'error',
    summary: 'The manifest is not valid YAML; the kubelet does not start the pod.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;

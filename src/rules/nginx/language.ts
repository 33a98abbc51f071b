import type { RuleInfo } from '../rule';

/** The faults that the reader of an nginx configuration itself reports. */
export const nginxLanguage = {
  syntax: {
    id: 'nginx/syntax',
    severity: 'error',
    summary: 'A semicolon or brace is missing or too many; nginx does not start.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;

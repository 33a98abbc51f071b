import type { RuleInfo } from '../rule';

/** The faults that the reader of an inventory itself reports. */
export const inventoryLanguage = {
  syntax: {
    id: 'inventory/syntax',
    severity: 'error',
    summary: 'The inventory is not valid YAML.',
  },
  unknownKey: {
    id: 'inventory/unknown-key',
    severity: 'warning',
    summary: 'A key that an inventory does not have; what it says is not used.',
  },
  forbiddenKey: {
    id: 'inventory/forbidden-key',
    severity: 'error',
    summary: 'A key that would name a program to run; an inventory can never do that.',
  },
  missingKey: {
    id: 'inventory/missing-key',
    severity: 'error',
    summary: 'A cluster, node or config lacks a key it cannot do without.',
  },
  badValue: {
    id: 'inventory/bad-value',
    severity: 'error',
    summary: 'A value that cannot be used: an unknown distribution or role, a bad port, address or endpoint.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;

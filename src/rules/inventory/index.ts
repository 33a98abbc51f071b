import type { InventoryAnalysis } from '../../model/inventory/parse-inventory';
import type { Rule, RuleInfo } from '../rule';
import { fileNotFound } from './file-not-found';
import { inventoryLanguage } from './language';
import { duplicateNode, secondDocument, unknownNode } from './rules';

/** The rules over the reading of one inventory. */
export const inventoryChecks: readonly Rule<InventoryAnalysis>[] = [duplicateNode, unknownNode, secondDocument];

export const inventoryRules: readonly RuleInfo[] = [
  ...Object.values(inventoryLanguage),
  ...inventoryChecks,
  fileNotFound,
];

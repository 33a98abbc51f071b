// The one door to the language side: adapters import this file, and the build makes one lazily loaded bundle of it.

export { controlPlanes, frontDoors } from '../model/cluster/cluster-model';
export { certificateNames, clusterNetworks, datastores, etcdMembers } from '../model/cluster/datastore';
export { knownNodes } from '../model/cluster/known-nodes';
export { parseInventory } from '../model/inventory/parse-inventory';
export { allRules } from '../rules';
export { reportBugsTo } from '../rules/rule';
export { longestUnpacked } from '../syntax/runbook/encoded-text';
export { failoverDocument } from './failover/document';
export { type DrillForecast, forecastDrill } from './failover/drill';
export { playTrial, type Trial } from './failover/trial';
export { type FoundSymbol, findSymbols } from './find-symbols';
export { type AnsibleSource, type AnsibleVariables, readAnsible } from './inventory/ansible-inventory';
export { createInventory, type InventorySources } from './inventory/create';
export { kindOf } from './kind';
export type * from './language';
export {
  hasInstances,
  includesIn,
  type Misunderstanding,
  matrixOf,
  type SimulatedNode,
  type SimulationAnswer,
  type SimulationRequest,
  type Step as SimulationStep,
  simulateFiles,
} from './simulate';
export { readStartLists } from './start-list';
export { type Severities, suppressionEdit } from './suppress';
export { Workspace } from './workspace';
export type { WorkspaceFile } from './workspace-file';

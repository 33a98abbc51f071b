import type { K3sAnalysis } from '../../model/k3s/analysis';
import type { Rule } from '../rule';
import { joinedArguments, unknownArgument } from './arguments';
import { badValue } from './bad-value';
import { disableName, unknownWord, vpnAuth } from './components';
import { datastoreEndpoint, datastoreFiles, etcdTuning, managedEtcdArgument, snapshotsWithoutEtcd } from './datastore';
import { dropInReplaces, type K3sNodeFiles, unreadDropIn } from './drop-ins';
import {
  badMode,
  openApi,
  openMetrics,
  openSans,
  readableKubeconfig,
  secretInFile,
  secretsInClear,
  unsafeS3,
} from './exposure';
import { externalFlannel, flannelSettings, policyWithoutNetwork } from './flannel';
import {
  conflict,
  joinsLoopback,
  nodeAddresses,
  refusedTogether,
  resetInConfig,
  serverAddress,
  unusableAddress,
} from './joining';
import { badSan, badTaint, clusterDomain, labelForm, nodeName, reservedLabel } from './names';
import { dnsOutside, egressMode, networkFamilies, networkOverlap, networkSize, portClash } from './networks';
import { removedKey } from './removed-key';
import {
  deprecatedKey,
  duplicateKey,
  mergeKey,
  nestedValue,
  newerKey,
  secondDocument,
  serverKeyOnAgent,
  severalValues,
} from './shapes';
import { badCron, compressedSnapshots, noSnapshots, s3, shortHistory, snapshotFolder, snapshotName } from './snapshots';
import { syntax } from './syntax';
import {
  agentWithoutServer,
  changedToken,
  joinWithoutToken,
  tokenForm,
  tokenOfAnotherCluster,
  twoTokens,
  weakToken,
} from './tokens';
import { unknownKey } from './unknown-key';
import { unquotedMode } from './unquoted-mode';

/** Every rule over one k3s config file. */
export const k3sRules: readonly Rule<K3sAnalysis>[] = [
  syntax,
  unknownKey,
  serverKeyOnAgent,
  removedKey,
  deprecatedKey,
  newerKey,
  badValue,
  nestedValue,
  severalValues,
  duplicateKey,
  mergeKey,
  secondDocument,
  unquotedMode,
  badMode,
  readableKubeconfig,
  changedToken,
  tokenForm,
  tokenOfAnotherCluster,
  weakToken,
  twoTokens,
  joinWithoutToken,
  agentWithoutServer,
  serverAddress,
  joinsLoopback,
  conflict,
  refusedTogether,
  resetInConfig,
  unusableAddress,
  nodeAddresses,
  badSan,
  nodeName,
  reservedLabel,
  labelForm,
  badTaint,
  clusterDomain,
  networkOverlap,
  networkFamilies,
  networkSize,
  dnsOutside,
  portClash,
  egressMode,
  flannelSettings,
  policyWithoutNetwork,
  disableName,
  unknownWord,
  vpnAuth,
  datastoreEndpoint,
  datastoreFiles,
  managedEtcdArgument,
  etcdTuning,
  snapshotsWithoutEtcd,
  badCron,
  noSnapshots,
  shortHistory,
  snapshotFolder,
  snapshotName,
  s3,
  unsafeS3,
  openApi,
  openSans,
  secretInFile,
  unknownArgument,
  joinedArguments,
  externalFlannel,
  openMetrics,
  secretsInClear,
  unreadDropIn,
  compressedSnapshots,
];

/** Every rule over the files of one node that k3s reads together. */
export const k3sNodeRules: readonly Rule<K3sNodeFiles>[] = [dropInReplaces];

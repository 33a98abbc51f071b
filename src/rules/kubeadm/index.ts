import type { KubeadmAnalysis } from '../../model/kubeadm/analysis';
import type { Rule } from '../rule';
import { argumentName, initialCluster, managedArgument, openApi, unknownArgument } from './arguments';
import { cgroupDriver, featureGate, kubeletValue, proxyMode } from './components';
import {
  apiVersion,
  deprecatedVersion,
  documentHead,
  foreignDocument,
  kindTwice,
  syntax,
  unknownKind,
  unreadDocument,
} from './documents';
import { duplicateField, misplacedField, otherVersionField, unknownField } from './fields';
import { badSubnet, networkFamilies, networkOverlap } from './networks';
import {
  criSocket,
  endpointIsAddress,
  endpointIsNode,
  evenEtcd,
  floatingVersion,
  frozenRegistry,
  oldRelease,
  renamedTaint,
  unusableAddress,
  validityOrder,
} from './practice';
import { conflictingFields, missingField } from './required';
import { keyInFile, permanentToken, tokenInFile, unverifiedDiscovery } from './secrets';
import { argumentsShape, wrongType } from './shapes';
import { badValue, uncheckedValue } from './values';

/** Every rule over one file of kubeadm. */
export const kubeadmRules: readonly Rule<KubeadmAnalysis>[] = [
  syntax,
  documentHead,
  apiVersion,
  unknownKind,
  kindTwice,
  foreignDocument,
  unreadDocument,
  deprecatedVersion,
  unknownField,
  misplacedField,
  otherVersionField,
  duplicateField,
  argumentsShape,
  wrongType,
  badValue,
  uncheckedValue,
  missingField,
  conflictingFields,
  badSubnet,
  networkOverlap,
  networkFamilies,
  argumentName,
  unknownArgument,
  managedArgument,
  openApi,
  initialCluster,
  evenEtcd,
  endpointIsNode,
  endpointIsAddress,
  unusableAddress,
  criSocket,
  renamedTaint,
  frozenRegistry,
  floatingVersion,
  unverifiedDiscovery,
  permanentToken,
  keyInFile,
  tokenInFile,
  validityOrder,
  cgroupDriver,
  kubeletValue,
  oldRelease,
  featureGate,
  proxyMode,
];

import type { RuleInfo } from '../rule';
import { adminSocketAccess } from './admin-socket-access';
import type { FileRule, SectionRule } from './advice';
import { checkNeverRuns } from './check-never-runs';
import { checkReplaced } from './check-replaced';
import { checkStepsIgnored } from './check-steps-ignored';
import { checkWithoutTls } from './check-without-tls';
import { clearPassword } from './clear-password';
import { conformance } from './conformance';
import { connectOnlyCheck } from './connect-only-check';
import { httpModeForApi } from './http-mode-for-api';
import { limitNeverReached } from './limit-never-reached';
import { logToNowhere } from './log-to-nowhere';
import { loopsToItself } from './loops-to-itself';
import { nbprocSplitsState } from './nbproc-splits-state';
import { noRedispatch } from './no-redispatch';
import { openStatsAdmin } from './open-stats-admin';
import { openStatsPage } from './open-stats-page';
import { pathOutsideChroot } from './path-outside-chroot';
import { plainNumberTime } from './plain-number-time';
import { proxyProtocolToApiServer } from './proxy-protocol-to-api-server';
import { redispatchNeverRuns } from './redispatch-never-runs';
import { replacedSetting } from './replaced-setting';
import { serverWithoutCheck } from './server-without-check';
import { shadowedAcl } from './shadowed-acl';
import { sharedPort } from './shared-port';
import { shortStreamTimeout } from './short-stream-timeout';
import { singleServer } from './single-server';
import { unusedAcl } from './unused-acl';
import { unusedBackend, unusedUserlist } from './unused-section';
import { unverifiedServer } from './unverified-server';
import { weakTls } from './weak-tls';

/** What `haproxy -c` lets pass, found in one section and its defaults. */
export const sectionRules: readonly SectionRule[] = [
  adminSocketAccess,
  checkNeverRuns,
  checkReplaced,
  checkStepsIgnored,
  checkWithoutTls,
  clearPassword,
  connectOnlyCheck,
  nbprocSplitsState,
  noRedispatch,
  openStatsAdmin,
  openStatsPage,
  plainNumberTime,
  proxyProtocolToApiServer,
  redispatchNeverRuns,
  replacedSetting,
  serverWithoutCheck,
  shadowedAcl,
  singleServer,
  unusedAcl,
  unverifiedServer,
  weakTls,
];

/** What `haproxy -c` lets pass, found when the sections of a file are seen together. */
export const fileRules: readonly FileRule[] = [
  httpModeForApi,
  limitNeverReached,
  logToNowhere,
  loopsToItself,
  pathOutsideChroot,
  sharedPort,
  shortStreamTimeout,
  unusedBackend,
  unusedUserlist,
];

/** Every rule over HAProxy files. */
export const haproxyRules: readonly RuleInfo[] = [...conformance, ...sectionRules, ...fileRules];

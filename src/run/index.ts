// The one door to hosts: adapters import this file when an operation or the explorer first needs a connection.

export { askBeforeJoin } from './ask-before-join';
export { askCluster, askEach, askMembers, askNodes, type Question } from './ask-cluster';
export { isClaimed } from './claim';
export { type Conducted, conduct, type Earlier, type Front, type Site } from './conduct';
export { askConfigs, readClusterFiles } from './config-files';
export { execute, type RunDeps, type RunEvent, type RunResult, undo, wayBackOf } from './executor';
export { downloadFile, localFacts, lookAt, uploadFile } from './files';
export { Hosts, type HostsOptions } from './hosts';
export { isUnfinished, listRuns, openJournal, type RunRecord } from './journal';
export { type LockInfo, lockPath } from './lock';
export { PracticeCluster } from './practice/practice-cluster';
export { installPracticeFile, practiceFile } from './practice/practice-files';
export { type PracticeServer, servePractice } from './practice/practice-server';
export { type LiveMembers, membersOf } from './quorum';
export { reach } from './reach';
export { type LocalSnapshot, readLocalSnapshot } from './read-snapshot';
export { runHere } from './run-here';
export { matchesHost, settingsFor } from './ssh/config';
export { connectSsh } from './ssh/connect-ssh';
export type { HostKeyPolicy, UnknownKey } from './ssh/host-key-policy';
export { fingerprint, hostPattern, parseKnownHosts } from './ssh/known-hosts';
export type { SshTransport } from './ssh/ssh-transport';
export type { Asking, SecretSource, SshTarget } from './ssh/target';
export { userFiles } from './ssh/user-target';
export { concernOf, type ExecRequest, HostError, type Transport, TransportError } from './transport';
export { longestOutage, type Outage, watchAnswers } from './watch';

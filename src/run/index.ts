// The one door to hosts: adapters import this file when an operation or the explorer first needs a connection.

export { Hosts, type HostsOptions } from './hosts';
export { matchesHost, settingsFor } from './ssh/config';
export type { HostKeyPolicy, UnknownKey } from './ssh/host-key-policy';
export { fingerprint, hostPattern, parseKnownHosts } from './ssh/known-hosts';
export { connectSsh, type SecretSource, type SshTarget, type SshTransport } from './ssh/ssh-transport';
export { userFiles } from './ssh/user-target';
export { type ExecRequest, type Transport, TransportError } from './transport';

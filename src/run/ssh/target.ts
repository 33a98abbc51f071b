import type { Secret } from '../../base/secret';
import type { KnownHost } from './known-hosts';

/** A key as it lies in a file. */
export interface PrivateKeyFile {
  readonly path: string;
  readonly content: Buffer;
  /** The line of the `.pub` file beside it: tells which key of the agent it is, also where the private one is locked. */
  readonly publicLine?: string;
}

/** Where and as whom to connect. Everything is decided: configuration files are read before. */
export interface SshTarget {
  /** The name the user knows the host by. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The name under which its key is looked up (HostKeyAlias): as it is, without the port (ssh_config(5)). */
  readonly hostKeyName?: string;
  /** What the user's files know of this host's keys; the policy may know more. */
  readonly knownHosts?: readonly KnownHost[];
  /** StrictHostKeyChecking yes: a key that nobody knows is refused without a question. */
  readonly refuseUnknownKeys?: boolean;
  readonly agentSocket?: string;
  /** IdentitiesOnly: of the agent's keys only those that `privateKeys` name are offered. */
  readonly onlyNamedKeys?: boolean;
  readonly privateKeys: readonly PrivateKeyFile[];
  /** Certificates that OpenSSH would offer: they are not, which is told where nothing else opens the host. */
  readonly certificates?: readonly string[];
  /** HostKeyAlgorithms: which kinds of host keys are taken, and which first. */
  readonly hostKeyAlgorithms?: string;
  /** For the connection and the greetings; the time that a person takes to answer a question does not count. */
  readonly connectTimeoutSec: number;
  /** ServerAliveInterval: after so many seconds of silence the host is asked whether it is still there. */
  readonly aliveIntervalSec?: number;
  /** ServerAliveCountMax: so many of these questions may stay without an answer. */
  readonly aliveCountMax?: number;
  /** The host to go through, as `ssh -J` does. Its key is verified under its own name. */
  readonly jump?: SshTarget;
}

/** Why a question is put: for the first time, or because the last answer was wrong, so a stored one must not be given again. */
export interface Asking {
  readonly again: boolean;
  /** The answer that was wrong: by now there may be another one. */
  readonly rejected?: Secret;
}

/** Asks a person. Undefined means that there is nobody to ask, or no answer. */
export interface SecretSource {
  password(host: string, user: string, asking: Asking): Promise<Secret | undefined>;
  passphrase(keyPath: string, asking: Asking): Promise<Secret | undefined>;
  /** A question that the host itself asks (keyboard-interactive). */
  answer(host: string, prompt: string): Promise<Secret | undefined>;
  sudoPassword(host: string, user: string, asking: Asking): Promise<Secret | undefined>;
}

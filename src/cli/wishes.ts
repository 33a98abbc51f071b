import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { say } from '../base/message';
import type { LocalFile } from '../ops/local-file';
import type { Plan } from '../ops/plan';
import type { ClusterState } from '../ops/status/cluster-state';
import { type OpenSite, UsageError } from './site';

/** What stands behind the name of the operation. */
export interface Wishes {
  readonly words: readonly string[];
  readonly name?: string;
  readonly release?: string;
  readonly k3s?: string;
  /** The installer of k3s, on this machine. */
  readonly installer?: string;
  readonly online: boolean;
  readonly noDrain: boolean;
  readonly uninstall: boolean;
  /** Servers that are switched off for good. */
  readonly absent: readonly string[];
  /** Whether the snapshot is an object in S3. */
  readonly s3: boolean;
  /** A file of this machine with settings of S3. */
  readonly s3Config?: string;
  /** A folder of this machine with the keys of a kubeadm cluster. */
  readonly pki?: string;
  /** Whether a backup has tokens, keys and Secrets in it. */
  readonly keys: boolean;
  readonly settingsOnly: boolean;
  /** Whether files with secrets may lie in a git work tree. */
  readonly intoWorkTree: boolean;
  /** A folder of this machine with the programs of a release. */
  readonly programs?: string;
  /** How many snapshots are kept, as it was typed. */
  readonly keep?: string;
  readonly compress: boolean;
  /** A folder of the nodes, as it was typed. */
  readonly folder?: string;
  readonly s3Endpoint?: string;
  readonly s3Bucket?: string;
  readonly s3Folder?: string;
  readonly s3Region?: string;
  /** Whether keys of S3 are asked for. */
  readonly s3Keys: boolean;
  readonly s3Off: boolean;
  /** Whether a snapshot stays on its server. */
  readonly noS3: boolean;
  /** What a failover drill stops, as it was typed. */
  readonly stop?: string;
}

export interface CliOperation {
  /** Also says which options and words it takes: others are refused. */
  readonly usage: string;
  plan(site: OpenSite, state: ClusterState, wishes: Wishes, signal: AbortSignal): Promise<Plan | Measuring>;
}

/** A plan with something that is done beside it while it runs, and told at its end. */
export interface Measuring {
  readonly plan: Plan;
  /** Ends when it is called off. */
  beside(signal: AbortSignal): Promise<void>;
  report(): readonly string[];
}

/** A file of this machine with its hash, read piece by piece. */
export async function localFile(localPath: string): Promise<LocalFile> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(localPath)) hash.update(chunk as Uint8Array);
  return { localPath, sha256: hash.digest('hex'), bytes: (await stat(localPath)).size };
}

/** The nodes that were named; each must be one of the inventory. */
export function nodesOf(
  { cluster }: ClusterState,
  { words }: Pick<Wishes, 'words'>,
  most = Number.POSITIVE_INFINITY,
): readonly string[] {
  const names = cluster.nodes.map((each) => each.name);
  const unknown = words.find((each) => !names.includes(each));
  if (unknown !== undefined) throw new UsageError(say('no node "{0}"; there are: {1}', unknown, names.join(', ')));
  if (words.length === 0 || words.length > most)
    throw new UsageError(
      most === 1 ? say('name one node of: {0}', names.join(', ')) : say('name the nodes, of: {0}', names.join(', ')),
    );
  return words;
}

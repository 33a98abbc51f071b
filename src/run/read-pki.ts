import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalFile } from '../ops/local-file';
import { authorityFiles, type KubeadmPki } from '../ops/restore/new-kubeadm-facts';

/**
 * Looks for the keys of a kubeadm cluster in a folder of this machine: `/etc/kubernetes/pki` itself, a copy of `/etc/kubernetes`
 * or of the whole tree above, or a backup with a folder for each node. The first place that has most of them counts. Keys are
 * read to be compared with what lies beside them, and are in nothing that is returned.
 * @throws the error of the file system where the folder, or a file that was found in it, cannot be read
 */
export async function readPki(folder: string): Promise<KubeadmPki> {
  const nodes = (await readdir(folder, { withFileTypes: true })).filter((each) => each.isDirectory());
  const below = (base: string) => [base, join(base, 'pki'), join(base, 'etc/kubernetes/pki')];
  const places = [folder, ...nodes.map((each) => join(folder, each.name))].flatMap(below);
  let best = new Map<string, LocalFile>();
  for (const place of places) {
    const found = await filesIn(place);
    if (found.size > best.size) best = found;
  }
  const text = async (name: string) => {
    const file = best.get(name);
    return file === undefined ? '' : readFile(file.localPath, 'utf8');
  };
  const strangers: string[] = [];
  for (const name of ['ca', 'front-proxy-ca', 'etcd/ca'])
    if (!fits(await text(`${name}.key`), await text(`${name}.crt`))) strangers.push(`${name}.key`);
  if (!fits(await text('sa.key'), await text('sa.pub'))) strangers.push('sa.key');
  return { files: best, authority: await text('ca.crt'), strangers };
}

async function filesIn(place: string): Promise<Map<string, LocalFile>> {
  const found = new Map<string, LocalFile>();
  for (const name of authorityFiles) {
    const localPath = join(place, name);
    const facts = await stat(localPath).catch(() => undefined);
    // An authority with its chain is some kilobytes; nothing of this name is large.
    if (facts?.isFile() !== true || facts.size === 0 || facts.size > 1_000_000) continue;
    const bytes = await readFile(localPath);
    found.set(name, { localPath, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length });
  }
  return found;
}

/** Whether a private key is that of a certificate or public key. What is missing, or no PEM at all, is not judged here. */
function fits(key: string, other: string): boolean {
  if (!key.includes('-----BEGIN') || !other.includes('-----BEGIN')) return true;
  try {
    const own = createPublicKey(createPrivateKey(key));
    const theirs = other.includes('CERTIFICATE') ? new X509Certificate(other).publicKey : createPublicKey(other);
    return own.equals(theirs);
  } catch {
    return false;
  }
}

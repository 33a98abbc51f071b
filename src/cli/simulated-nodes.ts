import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { alternatives, fitsGlob } from '../base/glob';
import { type Message, render, say } from '../base/message';
import { hasInstances, includesIn, kindOf, parseInventory, type SimulatedNode } from '../service';

/** A file or folder that was named and cannot be read. */
export class UnreadablePlace extends Error {
  constructor(readonly said: Message) {
    super(render(said));
  }
}

/** The nodes to play, and those of the inventory that have no keepalived file. */
export interface NodesFound {
  readonly nodes: readonly SimulatedNode[];
  readonly without: readonly string[];
}

/**
 * The nodes of an inventory with their keepalived files, or one node for each `*.conf` of a folder that no other one
 * includes. A folder without such files is that of its `haven.yaml`.
 * @throws UnreadablePlace that says which file cannot be read
 */
export async function nodesIn(place: string): Promise<NodesFound> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) throw new UnreadablePlace(say('{0} is not there', place));
  if (!found.isDirectory()) return fromInventory(place);
  const nodes = await fromFolder(place);
  const inventory = join(place, 'haven.yaml');
  if (nodes.length > 0 || (await stat(inventory).catch(() => undefined)) === undefined) return { nodes, without: [] };
  return fromInventory(inventory);
}

async function fromFolder(folder: string): Promise<SimulatedNode[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.conf')).sort();
  const mains: (SimulatedNode & { readonly path: string })[] = [];
  const included = new Set<string>();
  for (const name of names) {
    const path = join(folder, name);
    const text = await textOf(path);
    if (kindOf(name, text) !== 'keepalived' && !/^\s*vrrp_instance\b/m.test(text)) continue;
    const others = await includedBy(path, text, new Set([path]));
    for (const each of others) included.add(each.path);
    if (others.length === 0 && !hasInstances(text)) continue;
    mains.push({ name: basename(name, '.conf'), path, files: [{ path: name, text }, ...others] });
  }
  return mains.filter((each) => !included.has(each.path)).map(({ name, files }) => ({ name, files }));
}

async function fromInventory(path: string): Promise<NodesFound> {
  const nodes: SimulatedNode[] = [];
  const without: string[] = [];
  for (const cluster of parseInventory(await textOf(path)).clusters) {
    for (const node of cluster.nodes) {
      const files: { readonly path: string; readonly text: string }[] = [];
      for (const config of cluster.configs) {
        if (!config.on.includes(node.name)) continue;
        const place = resolve(dirname(path), config.file);
        const text = await textOf(place);
        if (kindOf(config.file, text) !== 'keepalived') continue;
        const known = new Set(files.map((each) => each.path));
        const others = (await includedBy(place, text, new Set([place]))).filter((each) => !known.has(each.path));
        files.push({ path: place, text }, ...others);
      }
      if (files.length > 0) nodes.push({ name: node.name, address: node.address, files });
      else without.push(node.name);
    }
  }
  return { nodes, without };
}

/** The files that one includes, and those that they include: beside it, or where `/etc/keepalived` would lead. */
async function includedBy(
  path: string,
  text: string,
  seen: Set<string>,
): Promise<{ readonly path: string; readonly text: string }[]> {
  const found: { readonly path: string; readonly text: string }[] = [];
  for (const pattern of includesIn(text)) {
    const wanted = resolve(dirname(path), pattern.replace(/^\/etc\/keepalived\//, ''));
    const names = await readdir(dirname(wanted)).catch(() => []);
    const forms = alternatives(basename(wanted));
    for (const name of names.filter((each) => forms.some((form) => fitsGlob(form, each))).sort()) {
      const place = join(dirname(wanted), name);
      if (seen.has(place)) continue;
      seen.add(place);
      const inner = await textOf(place);
      found.push({ path: place, text: inner }, ...(await includedBy(place, inner, seen)));
    }
  }
  return found;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw new UnreadablePlace(say('{0} cannot be read', path));
  });
}

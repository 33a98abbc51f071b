import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { largestFileBytes } from '../base/file-kind';
import type { Inventory } from '../model/inventory/inventory';
import { longestUnpacked, parseInventory, type Severities, Workspace } from '../service';
import type { Versions } from '../service/language';

/** A file that was asked about: under the name the user gave it, and under the one the workspace has. */
export interface Given {
  readonly shown: string;
  readonly path: string;
}

export interface Loaded {
  readonly workspace: Workspace;
  readonly given: readonly Given[];
}

/**
 * Opens what was named, and the rest of its clusters: the nearest inventory in the folder or above it, as far as the
 * root of the repository, and the files that inventory names. A file named by itself is asked about even if Haven does
 * not know it; of a folder only those that it knows.
 * @throws if a named file cannot be read
 */
export async function load(
  names: readonly string[],
  versions: Versions = {},
  severities: Severities = {},
): Promise<Loaded> {
  const workspace = new Workspace(versions, severities, [], (packed) =>
    gunzipSync(packed, { maxOutputLength: longestUnpacked }),
  );
  const given: Given[] = [];
  for (const name of names) {
    const path = slashed(resolve(name));
    const isFolder = (await stat(name)).isDirectory();
    const inventory = inventoryAbove(isFolder ? path : dirname(path));
    if (inventory !== undefined) await openInventory(workspace, inventory);
    if (!isFolder) {
      workspace.open(path, await readFile(name, 'utf8'));
      given.push({ shown: name, path });
      continue;
    }
    for (const shown of await filesBelow(name)) {
      const found = slashed(resolve(shown));
      const text = await readFile(shown, 'utf8');
      workspace.open(found, text);
      given.push({ shown, path: found });
    }
  }
  const explicit = new Set(names.map((name) => slashed(resolve(name))));
  const seen = new Set<string>();
  return {
    workspace,
    given: given.filter(({ path }) => {
      if (seen.has(path)) return false;
      seen.add(path);
      return explicit.has(path) || workspace.file(path) !== undefined;
    }),
  };
}

async function openInventory(workspace: Workspace, path: string): Promise<void> {
  if (workspace.file(path) !== undefined) return;
  const text = await readFile(path, 'utf8');
  workspace.open(path, text);
  for (const file of namedFiles(parseInventory(text))) {
    const full = slashed(resolve(dirname(path), file));
    if (existsSync(full) && (await stat(full)).isFile()) workspace.open(full, await readFile(full, 'utf8'));
  }
}

function namedFiles(inventory: Inventory): readonly string[] {
  return inventory.clusters.flatMap((cluster) => cluster.configs.map((config) => config.file));
}

/** The nearest `haven.yaml` from `folder` upwards; without a repository around it only the folder itself counts. */
function inventoryAbove(folder: string): string | undefined {
  const passed: string[] = [];
  let root: string | undefined;
  for (let at = folder; ; at = dirname(at)) {
    passed.push(at);
    if (existsSync(join(at, '.git'))) root = at;
    if (root !== undefined || dirname(at) === at) break;
  }
  const reach =
    root === undefined ? passed.filter((at) => at === folder || isWithin(at, slashed(resolve('.')))) : passed;
  const found = reach.find((at) => existsSync(join(at, 'haven.yaml')));
  return found === undefined ? undefined : slashed(join(found, 'haven.yaml'));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/**
 * Every regular file below `folder`, except in version control and dependency folders; links are not followed. A folder
 * further down that cannot be read, or has gone meanwhile, is passed over.
 */
async function filesBelow(folder: string, isNamed = true): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isNamed) throw error;
    return [];
  });
  for (const entry of entries) {
    if (entry.name === '.git' || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(path, false)));
    else if (entry.isFile() && (await sizeOf(path)) <= largestFileBytes) found.push(path);
  }
  return found.sort();
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => Number.POSITIVE_INFINITY,
  );
}

/** A path of this machine as the workspace writes it. */
export function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}

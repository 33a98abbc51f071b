// The licences of what is bundled: each of them wants its notice to travel with every copy.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The notices of all packages in one text, in the order of their names.
 *
 * @param inputs paths of the files that went into bundles, as esbuild's metafile names them
 * @throws Error where neither a package nor another beside it brings the text of its licence
 */
export async function noticesOf(inputs) {
  const folders = new Set(inputs.flatMap((each) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(each) ?? []));
  const packages = await Promise.all([...folders].map(readPackage));
  const others = packages.map((each) => each.ofOthers).join('\n---\n');
  const notices = new Map(
    packages.map(({ name, version, own }) => [`${name} ${version}`, own.trim() || sectionOf(others, name)]),
  );
  const missing = [...notices].filter(([, text]) => text === undefined).map(([name]) => name);
  if (missing.length > 0) throw new Error(`no licence text is there for ${missing.join(', ')}`);
  const parts = [...notices].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => `${name}\n\n${text}\n`);
  return `Haven is bundled with these packages, under the licences that follow.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

async function readPackage(folder) {
  const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).sort();
  const read = async (pattern) =>
    (await Promise.all(files.filter((each) => pattern.test(each)).map((each) => readFile(join(folder, each), 'utf8'))))
      .join('\n')
      .replaceAll('\r\n', '\n');
  return { name, version, own: await read(/^(?:licen[sc]e|copying)/i), ofOthers: await read(/^notices$/i) };
}

/** The section of a package in a file of notices, where sections begin with `NAME VERSION - LICENCE` and end with `---`. */
function sectionOf(notices, name) {
  const section = notices.split(/^---$/m).find((each) => each.trimStart().startsWith(`${name} `));
  return section?.trim();
}

// Packs what `.vscodeignore` lets through into one .vsix. Everything that runs is bundled, so no dependency is packed.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createVSIX, listFiles } from '@vscode/vsce';

/** `vsce` calls this manager of packages "none": dependencies are bundled. */
const noPackages = 2;

/** VS Code opens no file from the page of an extension: what lies in the repository is named there, and linked to only here. */
function forThePackage(readme) {
  const named = readme.replace(/(?<!!)\[([^\]]+)\]\((?!https?:)([^)]+)\)/g, (_, text, path) =>
    text === path ? `\`${path}\`` : `${text} (\`${path}\`)`,
  );
  return `${named}\nFiles named \`docs/\`, \`test/\` and \`examples/\` lie in Haven's repository.\n`;
}

const staging = await mkdtemp(join(tmpdir(), 'haven-package-'));
try {
  for (const path of await listFiles({ packageManager: noPackages })) {
    await mkdir(dirname(join(staging, path)), { recursive: true });
    await cp(path, join(staging, path));
  }
  await writeFile(join(staging, 'README.md'), forThePackage(await readFile('README.md', 'utf8')));
  await createVSIX({
    cwd: staging,
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: true,
    rewriteRelativeLinks: false,
    packagePath: resolve('haven.vsix'),
  });
} finally {
  await rm(staging, { recursive: true });
}

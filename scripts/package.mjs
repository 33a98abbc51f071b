// Packs what `.vscodeignore` lets through into one .vsix. Everything that runs is bundled, so no dependency is packed.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createVSIX, listFiles } from '@vscode/vsce';
import { minify } from 'terser';

/** `vsce` calls this manager of packages "none": dependencies are bundled. */
const noPackages = 2;

/** VS Code opens no file from the page of an extension: what lies in the repository is named there, and linked to only here. */
function forThePackage(readme) {
  const named = readme.replace(/(?<!!)\[([^\]]+)\]\((?!https?:)([^)]+)\)/g, (_, text, path) =>
    text === path ? `\`${path}\`` : `${text} (\`${path}\`)`,
  );
  return `${named}\nFiles named \`docs/\`, \`test/\` and \`examples/\` lie in Haven's repository.\n`;
}

/** A bundle once more, by a packer that is slower than that of the build: a fiftieth of the package. It keeps what it does. */
async function squeezed(path) {
  const { code } = await minify(await readFile(path, 'utf8'), {
    ecma: 2020,
    toplevel: true,
    compress: { passes: 1 },
    mangle: true,
  });
  return code;
}

const staging = await mkdtemp(join(tmpdir(), 'haven-package-'));
try {
  for (const path of await listFiles({ packageManager: noPackages })) {
    await mkdir(dirname(join(staging, path)), { recursive: true });
    await cp(path, join(staging, path));
  }
  for (const name of (await readdir(join(staging, 'dist'))).filter((each) => each.endsWith('.js')))
    await writeFile(join(staging, 'dist', name), await squeezed(join(staging, 'dist', name)));
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

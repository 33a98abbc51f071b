// Packs what `.vscodeignore` lets through into one .vsix. Everything that runs is bundled, so no dependency is packed.
import { createVSIX } from '@vscode/vsce';

await createVSIX({
  dependencies: false,
  allowMissingRepository: true,
  skipLicense: true,
  rewriteRelativeLinks: false,
  packagePath: 'haven.vsix',
});

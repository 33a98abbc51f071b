// VS Code for the web, on the machine's own Node: the server inside the code-server npm package, with its native modules built
// once. It is kept outside the checkout, one folder for each version, so that a second checkout finds it ready.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const version = '4.99.4';
/** Built for this Node; prebuilt copies would have to be downloaded from elsewhere. */
const nativeModules = ['@vscode/spdlog', 'native-watchdog', '@parcel/watcher', 'node-pty'];

const cache = process.env.HAVEN_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'haven');
const home = join(cache, `vscode-server-${version}-node${process.versions.modules}`);

/** The file to start with Node, after installing what it needs; throws with what failed and how to see why. */
export function ensureVscodeServer(): string {
  const main = join(home, 'node_modules/code-server/lib/vscode/out/server-main.js');
  if (existsSync(join(home, 'ready'))) return main;
  console.log(`preparing VS Code for the web (code-server ${version}), about a minute, once`);
  const draft = `${home}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    build(draft);
    writeFileSync(join(draft, 'ready'), `${version}\n`);
    rmSync(home, { recursive: true, force: true });
    renameSync(draft, home);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return main;
}

function build(folder: string): void {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  // The package's own install script wants to download things; all that it would build is built below.
  run(folder, 'npm', ['install', `code-server@${version}`, '--ignore-scripts', '--no-audit', '--no-fund']);
  const server = join(folder, 'node_modules/code-server/lib/vscode');
  const bare = ['install', '--ignore-scripts', '--omit=dev', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  run(server, 'npm', bare);
  if (existsSync(join(server, 'extensions/package.json'))) run(join(server, 'extensions'), 'npm', bare);
  // The headers that belong to this Node: node-gyp must not fetch others.
  const prefix = dirname(dirname(process.execPath));
  for (const name of nativeModules) {
    const path = join(server, 'node_modules', name);
    if (existsSync(join(path, 'binding.gyp')))
      run(path, 'npx', ['--yes', 'node-gyp', 'rebuild', `--nodedir=${prefix}`]);
  }
  const ripgrep = join(server, 'node_modules/@vscode/ripgrep/bin');
  mkdirSync(ripgrep, { recursive: true });
  rmSync(join(ripgrep, 'rg'), { force: true });
  symlinkSync('/usr/bin/rg', join(ripgrep, 'rg'));
  const asar = join(server, 'node_modules.asar');
  if (!existsSync(asar)) symlinkSync('node_modules', asar);
}

function run(folder: string, program: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status === 0) return;
  const words = `${stdout}\n${stderr}`.trim().split('\n').slice(-20).join('\n');
  throw new Error(`${program} ${args.join(' ')} failed in ${folder}:\n${words}`);
}

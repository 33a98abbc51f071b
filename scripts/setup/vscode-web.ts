import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

/** A VS Code for the web with Haven in it, of its own: fresh settings, no account, nothing asked from elsewhere. */
interface VscodeWeb {
  /** Opens the folder with Haven loaded. */
  readonly url: string;
  readonly log: () => string;
  /** Where VS Code lets Haven keep what belongs to no folder: the practice cluster's files. */
  readonly storage: string;
  /** What the editor and the command line share: journals, copies of snapshots, accepted keys. */
  readonly state: string;
  /** Ends every extension host without a word, as the system does when memory runs out. */
  killExtensionHosts(): void;
  stop(): Promise<void>;
}

const settings = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'telemetry.telemetryLevel': 'off',
  'workbench.enableExperiments': false,
  'window.commandCenter': false,
  'chat.commandCenter.enabled': false,
  'git.enabled': false,
  'json.schemaDownload.enable': false,
};

interface VscodeWebOptions {
  readonly folder: string;
  /** The checkout or unpacked extension to load. */
  readonly extension: string;
  readonly serverMain: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The home folder of the extension host; a fresh one unless given. */
  readonly home?: string;
  /** A file of the folder that is open at the start. */
  readonly open?: string;
  /** Opens the folder as one that nobody has said to trust yet; nobody is asked at the start. */
  readonly untrusted?: boolean;
}

const withTrust = { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' };

/** Starts the server on a free port of 127.0.0.1 and waits until it answers. */
export async function startVscodeWeb(options: VscodeWebOptions): Promise<VscodeWeb> {
  const work = mkdtempSync(join(tmpdir(), 'haven-vscode-'));
  const user = join(work, 'server/data/User');
  mkdirSync(user, { recursive: true });
  mkdirSync(join(work, 'extensions'));
  mkdirSync(join(work, 'home'));
  const own = { ...settings, ...(options.untrusted === true ? withTrust : {}), ...options.settings };
  writeFileSync(join(user, 'settings.json'), JSON.stringify(own, null, 1));
  const port = await freePort();
  const log = join(work, 'server.log');
  const output = openSync(log, 'w');
  const { VSCODE_IPC_HOOK_CLI: _, XDG_STATE_HOME: __, ...inherited } = process.env;
  const home = options.home ?? join(work, 'home');
  const server = spawn(
    process.execPath,
    [
      ...[options.serverMain, '--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
      ...['--accept-server-license-terms', '--telemetry-level', 'off', '--server-data-dir', join(work, 'server')],
      ...[
        '--extensions-dir',
        join(work, 'extensions'),
        '--disable-getting-started-override',
        ...(options.untrusted === true ? [] : ['--disable-workspace-trust']),
      ],
    ],
    // A home of its own: the user's SSH configuration and keys are not the demo's business.
    {
      env: { ...inherited, HOME: home, EXTENSIONS_GALLERY: '{"serviceUrl":""}' },
      stdio: ['ignore', output, output],
    },
  );
  const stop = async () => {
    await ended(server);
    // What the server has started may still write for a moment.
    rmSync(work, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  const base = `http://127.0.0.1:${port}`;
  try {
    await answering(base, server, () => readFileSync(log, 'utf8'));
  } catch (error) {
    await stop();
    throw error;
  }
  const remote = (path: string) => `vscode-remote://127.0.0.1:${port}${resolve(path)}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remote(options.extension)],
    ...(options.open === undefined ? [] : [['openFile', remote(join(options.folder, options.open))]]),
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
  ]);
  const url = `${base}/?folder=${encodeURIComponent(resolve(options.folder))}&payload=${encodeURIComponent(payload)}`;
  return {
    url,
    log: () => readFileSync(log, 'utf8'),
    storage: join(user, 'globalStorage', 'haven.haven'),
    state: join(home, '.local', 'state', 'haven'),
    killExtensionHosts: () => {
      const hosts = childrenOf(server.pid).filter((pid) => cmdlineOf(pid).includes('--type=extensionHost'));
      if (hosts.length === 0) throw new Error('no extension host runs');
      for (const pid of hosts) process.kill(pid, 'SIGKILL');
    },
    stop,
  };
}

function childrenOf(parent: number | undefined): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        // The name of the program, in parentheses, can hold anything; its state and its parent follow.
        return Number(/.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]) === parent;
      } catch {
        // No process, or one that has ended meanwhile.
        return false;
      }
    });
}

function cmdlineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // As above.
    return '';
  }
}

/** Headless Chromium from the system, with everything off that would ask other machines for something. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

/**
 * Opens the workbench and waits until it can be used. `language` is what VS Code tells extensions to speak; its own words
 * stay English, as its language packs come from elsewhere.
 */
export async function openWorkbench(browser: Browser, url: string, language?: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  if (language !== undefined)
    await page.addInitScript((value) => Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: value }), language);
  // A busy machine of one core needs more than the usual half a minute for either.
  await page.goto(url, { timeout: 120_000 });
  await page.waitForSelector('.monaco-workbench .explorer-folders-view .monaco-list-row', { timeout: 120_000 });
  return page;
}

async function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? done(address.port) : failed(new Error('no port')),
      );
    });
  });
}

async function answering(url: string, server: ChildProcess, log: () => string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (server.exitCode !== null) break;
    const answer = await fetch(`${url}/version`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`VS Code for the web did not start:\n${log()}`);
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = new Promise((done) => server.once('exit', done));
  server.kill('SIGTERM');
  const slow = setTimeout(() => server.kill('SIGKILL'), 5000);
  await exit;
  clearTimeout(slow);
}

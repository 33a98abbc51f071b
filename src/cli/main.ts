#!/usr/bin/env node
import { version } from '../../package.json';
import { type Message, say } from '../base/message';
import { reportBugsTo } from '../service';
import { certificates, certificatesUsage } from './certificates';
import { drift, driftUsage } from './drift';
import { lint } from './lint';
import { lsp } from './lsp';
import { model } from './model';
import { explain, rules } from './rules';
import { plan, planUsage, run, runs, runUsage } from './run';
import { simulateCommand, simulateUsage } from './simulate';
import { UsageError } from './site';
import { status, statusUsage } from './status';
import { err, out } from './terminal';
import { testSnapshot, testSnapshotUsage } from './test-snapshot';
import { text } from './words';

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  lint,
  model,
  rules,
  explain,
  simulate: simulateCommand,
  lsp,
  status,
  drift,
  certificates,
  'test-snapshot': testSnapshot,
  plan,
  run,
  runs,
};

/** What `haven COMMAND --help` says. */
const usages: Readonly<Record<string, () => string>> = {
  lint: () =>
    'usage: haven lint PATH… [--fix] [-f FILE|DIR]… [--format text|json|sarif|github]\n' +
    '                 [--haproxy-version V] [--keepalived-version V] [--k3s-version V] [--kubernetes-version V]\n' +
    '-f names what one haproxy is started with, in its order\n',
  model: () => 'usage: haven model [PATH…]\n',
  rules: () => 'usage: haven rules [--format text|json]\n',
  explain: () => 'usage: haven explain RULE\n',
  simulate: () => simulateUsage,
  lsp: () => 'usage: haven lsp [--stdio]\n',
  status: () => statusUsage,
  drift: () => driftUsage,
  certificates: () => certificatesUsage,
  'test-snapshot': () => testSnapshotUsage,
  plan: planUsage,
  run: runUsage,
  runs: () => 'usage: haven runs [--format text|json]\n',
};

const help = `haven: what is wrong with the files of highly available Kubernetes control planes, and operations on their nodes

files
  haven lint PATH… [--fix] [--format text|json|sarif|github]     what is wrong with them
  haven rules | haven explain RULE                               every rule, and the page of one
  haven simulate [PLACE] EVENT… | --matrix                       who takes the virtual address, and when
  haven model [PATH…]                                            the cluster that the files describe
  haven lsp                                                      a language server on standard input and output

nodes
  haven status | drift | certificates [DIR]                      what the nodes say, which files differ, what ends when
  haven test-snapshot NAME|NODE:PATH|FILE [--on here|node]       reads a snapshot, and lets a scratch etcd start on it
  haven plan OPERATION … | haven run OPERATION …                 shows an operation, or carries it out
  haven runs | haven run --resume RUN | haven run --undo RUN     what was run, and how it goes on or back

"haven run --help" lists the operations, "haven --version" says which Haven this is.
`;

async function main(argv: readonly string[]): Promise<number> {
  const [name = '', ...args] = argv;
  if (['help', '--help', '-h', ''].includes(name)) {
    (name === '' ? err : out)(help);
    return name === '' ? 2 : 0;
  }
  if (name === '--version' || name === '-V') {
    out(`haven ${version}\n`);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    err(`haven: unknown command "${name}"; known are: ${Object.keys(commands).join(', ')}\n`);
    return 2;
  }
  const end = args.indexOf('--');
  const words = end < 0 ? args : args.slice(0, end);
  if (words.includes('--help') || words.includes('-h')) {
    out(usages[name]?.() ?? help);
    return 0;
  }
  return command(args);
}

// Whoever reads may have seen enough (`haven rules | head`). A run that is under way goes on all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
// A rule that fails costs its own findings, not those of the others.
reportBugsTo(({ id }, error) => err(`haven: ${id} failed: ${(error as Error).stack}\n`));
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    err(`haven: ${wordsOf(error)}\n`);
    process.exitCode = 2;
  },
);

/** What Node says of a file by the names of its calls. */
const fileFaults: Readonly<Record<string, (path: string) => Message>> = {
  ENOENT: (path) => say('there is no file or folder {0}', path),
  EACCES: (path) => say('{0} may not be read', path),
};

/** What the user can do something about is said in one line; anything else is a fault of ours and shows where. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node says more than fits: how to write arguments that begin with a dash.
  if ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
    return `${error.message.split('. ')[0] ?? ''}; --help says what there is`;
  const { code, path = '' } = error as NodeJS.ErrnoException;
  const why = code === undefined ? undefined : fileFaults[code];
  if (why !== undefined && path !== '') return text(why(path));
  const isTheirs =
    error instanceof UsageError || ['TransportError', 'HostError', 'HereError'].includes(error.name) || 'code' in error;
  return isTheirs ? error.message : (error.stack ?? error.message);
}

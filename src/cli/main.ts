import { drift } from './drift';
import { lint } from './lint';
import { lsp } from './lsp';
import { model } from './model';
import { explain, rules } from './rules';
import { plan, run, runs } from './run';
import { simulateCommand } from './simulate';
import { UsageError } from './site';
import { status } from './status';

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  lint,
  model,
  rules,
  explain,
  simulate: simulateCommand,
  lsp,
  status,
  drift,
  plan,
  run,
  runs,
};

async function main(argv: readonly string[]): Promise<number> {
  const [name = '', ...args] = argv;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`haven: unknown command "${name}"; known are: ${Object.keys(commands).join(', ')}\n`);
    return 2;
  }
  return command(args);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`haven: ${wordsOf(error)}\n`);
    process.exitCode = 2;
  },
);

/** What the user can do something about is said in one line; anything else is a fault of ours and shows where. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isTheirs =
    error instanceof UsageError || ['TransportError', 'HostError'].includes(error.name) || 'code' in error;
  return isTheirs ? error.message : (error.stack ?? error.message);
}

import { lint } from './lint';
import { lsp } from './lsp';
import { model } from './model';
import { explain, rules } from './rules';
import { simulateCommand } from './simulate';

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  lint,
  model,
  rules,
  explain,
  simulate: simulateCommand,
  lsp,
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
    process.stderr.write(`haven: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 2;
  },
);

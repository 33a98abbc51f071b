import { err } from './terminal';

/** `haven lsp`: the language server on standard input and output, for any editor that speaks the protocol. */
export async function lsp(args: readonly string[]): Promise<number> {
  // Clients commonly name the way they talk; there is no other.
  if (args.some((each) => each !== '--stdio')) {
    err('haven lsp: talks on standard input and output; it takes no argument but --stdio\n');
    return 2;
  }
  const { serve } = await import('../lsp');
  await serve(process.stdin, process.stdout);
  return 0;
}

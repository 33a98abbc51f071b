import { Secret, withoutSecrets } from '../base/secret';
import type { Arg, Command, ExecResult } from '../ops/command';
import type { Concern, SecretRef } from '../ops/plan';
import type { ExecRequest } from './transport';

/** What a run knows by name: outputs that steps captured, and secrets that it was given or captured. */
export class Values {
  private readonly outputs: Map<string, string>;
  private readonly secrets: Map<string, Secret>;

  constructor(secrets: ReadonlyMap<string, Secret> = new Map(), outputs: ReadonlyMap<string, string> = new Map()) {
    this.secrets = new Map(secrets);
    this.outputs = new Map(outputs);
  }

  has(name: string): boolean {
    return this.outputs.has(name) || this.secrets.has(name);
  }

  keep(name: string, value: string): void {
    this.outputs.set(name, value);
  }

  keepSecret(name: string, value: string): void {
    this.secrets.set(name, new Secret(value));
  }

  /** @throws Error when no step has captured it */
  text(part: Arg | SecretRef): string {
    if (typeof part === 'string') return part;
    if ('secret' in part) {
      const secret = this.secrets.get(part.secret);
      if (secret === undefined) throw new Error(`the run has no secret "${part.secret}"`);
      return secret.reveal();
    }
    const found = this.outputs.get(part.output);
    if (found === undefined) throw new Error(`no earlier step has captured "${part.output}"`);
    return found;
  }

  /** The words of a command as they are sent. A secret goes to its standard input only. */
  requestOf(command: Command): ExecRequest & { readonly stdin?: string } {
    const { secretStdin } = command;
    const stdin = secretStdin === undefined ? command.stdin : { secret: secretStdin };
    return {
      argv: command.argv.map((each) => this.text(each)),
      root: command.root,
      timeoutSec: command.timeoutSec,
      ...(stdin !== undefined && { stdin: this.text(stdin) }),
    };
  }

  clean(text: string): string {
    // A secret of several lines may be printed line by line.
    const lines = [...this.secrets.values()].flatMap((each) => [
      each,
      ...each
        .reveal()
        .split('\n')
        .filter((line) => line.trim().length >= 8)
        .map((line) => new Secret(line.trim())),
    ]);
    return withoutSecrets(text, lines);
  }

  cleanResult({ code, stdout, stderr }: ExecResult): ExecResult {
    return { code, stdout: this.clean(stdout), stderr: this.clean(stderr) };
  }

  cleanConcern(concern: Concern): Concern {
    const message = (each: Concern['message']) => ({
      template: each.template,
      args: each.args.map((arg) => (typeof arg === 'string' ? this.clean(arg) : arg)),
    });
    return {
      ...concern,
      message: message(concern.message),
      ...(concern.remedy !== undefined && { remedy: message(concern.remedy) }),
    };
  }
}

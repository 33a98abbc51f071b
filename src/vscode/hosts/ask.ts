import * as vscode from 'vscode';
import { Secret } from '../../base/secret';
import type { Answers, Asking, HostsOptions } from '../../run';

/** The names of the secrets that are stored; SecretStorage itself cannot list them. */
const storedNames = 'haven.secrets';

type Questions = Pick<HostsOptions, 'secrets' | 'ownKeys' | 'accept'>;

/**
 * Asks the person at the keyboard. Passwords go to VS Code's SecretStorage, accepted host keys to a file of Haven's own in
 * the form of known_hosts; the user's own files are only read.
 */
export class Ask {
  /** Keys that Haven itself has made, in this window. */
  private made = '';
  /** What was typed while this window is open. */
  private answers: Answers | undefined;
  /** What the person said no to: the tree asks the nodes every half a minute, and must not ask the person as often. */
  private readonly refused = new Set<string>();
  /** One question at a time: fifty hosts with the same trouble must not open fifty boxes at once. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly context: vscode.ExtensionContext) {}

  async questions(): Promise<Questions> {
    const { acceptedKeys, Answers } = await import('../../run');
    this.answers ??= new Answers();
    const { answers } = this;
    const secret = (name: string, question: string, asking: Asking) =>
      answers.give(name, asking, () => this.unlessRefused(name, () => this.secret(name, question, asking)));
    return {
      ownKeys: () => acceptedKeys(this.made),
      accept: async (key) =>
        (await this.unlessRefused(`key:${key.host}:${key.port}:${key.fingerprint}`, () => this.acceptKey(key))) ===
        true,
      secrets: {
        password: (host, user, asking) =>
          secret(`password:${user}@${host}`, vscode.l10n.t('Password of {0} on {1}', user, host), asking),
        passphrase: (path, asking) =>
          secret(`passphrase:${path}`, vscode.l10n.t('Passphrase of the key {0}', path), asking),
        sudoPassword: (host, user, asking) =>
          secret(`sudo:${user}@${host}`, vscode.l10n.t('sudo password of {0} on {1}', user, host), asking),
        answer: (host, prompt) =>
          this.unlessRefused(`answer:${host}:${prompt}`, () => this.box(vscode.l10n.t('{0} asks: {1}', host, prompt))),
      },
    };
  }

  /** The person begins something: what was said no to before may be asked once more. */
  askAgain(): void {
    this.refused.clear();
  }

  /** Adds lines in the form of known_hosts for this window: keys that Haven itself has just made. */
  trust(lines: string): void {
    this.made += lines;
  }

  /** Takes every stored password and passphrase away. */
  async forgetSecrets(): Promise<void> {
    this.answers?.clear();
    for (const name of this.names()) await this.context.secrets.delete(name);
    await this.context.globalState.update(storedNames, undefined);
    await vscode.window.showInformationMessage(vscode.l10n.t('Haven has forgotten all stored passwords.'));
  }

  private names(): readonly string[] {
    return this.context.globalState.get<readonly string[]>(storedNames, []);
  }

  private async acceptKey(key: Parameters<HostsOptions['accept']>[0]): Promise<true | undefined> {
    // It comes up while somebody types elsewhere: what Enter takes must do nothing.
    const no = vscode.l10n.t('Do not connect');
    const yes = vscode.l10n.t('Trust this key');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t('The key of {0} (port {1}) is not known.', key.host, key.port),
      {
        modal: true,
        detail: `${key.keyType} ${key.fingerprint}\n${vscode.l10n.t('Compare it with the output of "ssh-keygen -lf" on the host before you trust it.')}`,
      },
      no,
      yes,
    );
    if (answer !== yes) return undefined;
    const { keepKey } = await import('../../run');
    await keepKey(key);
    return true;
  }

  /** The stored secret, or the answer of the person, which is stored only if the person says so. */
  private async secret(name: string, question: string, { again }: Asking): Promise<Secret | undefined> {
    // What was not accepted is no use to the next connection either, also where nobody answers now.
    if (again) await this.context.secrets.delete(name);
    const stored = await this.context.secrets.get(name);
    if (stored !== undefined) return new Secret(stored);
    const typed = await this.box(again ? vscode.l10n.t('That was not accepted. {0}', question) : question);
    if (typed === undefined) return undefined;
    const keep = vscode.l10n.t('Keep in the secret storage');
    const answer = await vscode.window.showQuickPick([vscode.l10n.t('Use while this window is open'), keep], {
      title: question,
      ignoreFocusOut: true,
    });
    if (answer === keep) {
      await this.context.secrets.store(name, typed.reveal());
      await this.context.globalState.update(storedNames, [...new Set([...this.names(), name])]);
    }
    return typed;
  }

  private async box(prompt: string): Promise<Secret | undefined> {
    const typed = await vscode.window.showInputBox({ prompt, password: true, ignoreFocusOut: true });
    return typed === undefined ? undefined : new Secret(typed);
  }

  /** Nothing, as a refusal, where the person has said no to the same since anything was begun. */
  private unlessRefused<Result>(
    name: string,
    question: () => Promise<Result | undefined>,
  ): Promise<Result | undefined> {
    return this.inTurn(async () => {
      if (this.refused.has(name)) return undefined;
      const answer = await question();
      if (answer === undefined) this.refused.add(name);
      return answer;
    });
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = this.queue.then(work, work);
    // The one who asked hears of a failure; the next in the queue does not.
    this.queue = next.catch(() => undefined);
    return next;
  }
}

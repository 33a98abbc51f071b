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
  /** One question at a time: fifty hosts with the same trouble must not open fifty boxes at once. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly context: vscode.ExtensionContext) {}

  async questions(): Promise<Questions> {
    const { acceptedKeys, Answers } = await import('../../run');
    this.answers ??= new Answers();
    const { answers } = this;
    const secret = (name: string, question: string, asking: Asking) =>
      answers.give(name, asking, () => this.inTurn(() => this.secret(name, question, asking)));
    return {
      ownKeys: () => acceptedKeys(this.made),
      accept: (key) => this.inTurn(() => this.acceptKey(key)),
      secrets: {
        password: (host, user, asking) =>
          secret(`password:${user}@${host}`, vscode.l10n.t('Password of {0} on {1}', user, host), asking),
        passphrase: (path, asking) =>
          secret(`passphrase:${path}`, vscode.l10n.t('Passphrase of the key {0}', path), asking),
        sudoPassword: (host, user, asking) =>
          secret(`sudo:${user}@${host}`, vscode.l10n.t('sudo password of {0} on {1}', user, host), asking),
        answer: (host, prompt) => this.inTurn(() => this.box(vscode.l10n.t('{0} asks: {1}', host, prompt))),
      },
    };
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

  private async acceptKey(key: Parameters<HostsOptions['accept']>[0]): Promise<boolean> {
    const yes = vscode.l10n.t('Trust this key');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t('The key of {0} (port {1}) is not known.', key.host, key.port),
      {
        modal: true,
        detail: `${key.keyType} ${key.fingerprint}\n${vscode.l10n.t('Compare it with the output of "ssh-keygen -lf" on the host before you trust it.')}`,
      },
      yes,
    );
    if (answer !== yes) return false;
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

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = this.queue.then(work, work);
    // The one who asked hears of a failure; the next in the queue does not.
    this.queue = next.catch(() => undefined);
    return next;
  }
}

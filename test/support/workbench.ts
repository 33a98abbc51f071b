import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errors, type Locator, type Page } from 'playwright-core';
import { ensureVscodeServer } from '../../scripts/setup/vscode-server';
import { openBrowser, openWorkbench, startVscodeWeb } from '../../scripts/setup/vscode-web';

const missing = ['/usr/bin/chromium', '/usr/bin/rg'].filter((path) => !existsSync(path));

/** Why the browser tests cannot run here; false when they can. */
export const workbenchMissing: string | false = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

/** A busy machine of one core needs this long for what takes a second elsewhere. */
const waitMs = 60_000;
const tryMs = 8000;
const mostTries = 6;

/** Whether something is seen (or gone) in the time of one try. */
function comes(wanted: Locator, state: 'visible' | 'hidden' = 'visible'): Promise<boolean> {
  return wanted.waitFor({ state, timeout: tryMs }).then(
    () => true,
    () => false,
  );
}

/** A workbench in a browser, driven as a person would. */
export interface Workbench {
  readonly page: Page;
  /** Where Haven keeps what belongs to no folder. */
  readonly storage: string;
  /** What it shares with the command line: journals, copies of snapshots, accepted keys. */
  readonly state: string;
  /** The first row of a tree with these words. */
  row(words: string | RegExp): Locator;
  /** All of them: rows of several clusters say the same. */
  rows(words: string | RegExp): Locator;
  /** The first notification with these words. */
  toast(words: string | RegExp): Locator;
  /** The first entry with these words in the list that a question offers. */
  item(words: string | RegExp): Locator;
  /** Opens a file by its name in the folder, or by its whole path. */
  open(name: string): Promise<void>;
  /** Runs a command from the palette, by its title without the category. */
  command(title: string): Promise<void>;
  /** Opens a row of a tree until `child` is seen in it: a tree that is drawn anew at that moment misses a click. */
  expand(row: string | RegExp, child: string | RegExp): Promise<void>;
  /** Takes an item of the menu of a row of a tree. */
  menu(row: string | RegExp, item: string): Promise<void>;
  /** Presses a key until it has brought what is wanted: pressed while a new text is still being read it does nothing. */
  press(key: string, wanted: Locator): Promise<void>;
  /** Opens the list of fixes at the cursor, and gives it. */
  fixes(): Promise<Locator>;
  /** Answers the question with these words, with `text` or with what stands there already. */
  answer(words: string | RegExp, text?: string): Promise<void>;
  /** Answers the question for a file to save to, which stands open with a name of its own that `offered` fits. */
  saveAs(path: string, offered: RegExp): Promise<void>;
  /** Runs a command that is VS Code's own. */
  builtIn(title: string): Promise<void>;
  /** Puts the cursor on the first letter of a word in a line of the open file; lines count from 1. */
  goTo(line: number, column: number): Promise<void>;
  /** The text of the open file, as far as it is on the screen. */
  shownText(): Promise<string>;
  /** Writes a picture into the folder that HAVEN_PICTURES names, if it names one. */
  shot(name: string): Promise<void>;
  /** Kills the extension host in the middle of whatever it does, and loads the window anew, as a person would after that. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

interface WorkbenchOptions {
  /** Holds the `.ssh` of who sits before the workbench. */
  readonly home?: string;
  /** What extensions are told to speak; English unless given. */
  readonly language?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether the folder is one that nobody has said to trust yet. */
  readonly untrusted?: boolean;
}

/** Starts VS Code for the web with Haven on `folder`, and a browser on it. */
export async function startWorkbench(folder: string, options: WorkbenchOptions = {}): Promise<Workbench> {
  const { home, language, settings, untrusted } = options;
  const vscode = await startVscodeWeb({
    folder,
    extension: '.',
    serverMain: ensureVscodeServer(),
    ...(settings !== undefined && { settings }),
    ...(home !== undefined && { home }),
    ...(untrusted !== undefined && { untrusted }),
  });
  const browser = await openBrowser();
  const page = await openWorkbench(browser, vscode.url, language);
  page.setDefaultTimeout(waitMs);
  const rows = (hasText: string | RegExp) => page.locator('.monaco-list-row[role=treeitem]', { hasText });
  const row = (hasText: string | RegExp) => rows(hasText).first();
  const item = (hasText: string | RegExp) => page.locator('.quick-input-list .monaco-list-row', { hasText }).first();
  /**
   * Types into the quick input that `key` opens and takes the row. What is on offer is settled when it opens, so while
   * the extensions are still being read it is opened again until the row is there.
   */
  const pick = async (key: string, text: string, title: string) => {
    const input = page.locator('.quick-input-widget:visible input[type="text"]');
    const wanted = item(title);
    for (let left = mostTries; ; left--) {
      await page.keyboard.press(key);
      try {
        await input.fill(text, { timeout: tryMs });
        // The list may still be filled, so that the row which has the focus need not be this one.
        await wanted.click({ timeout: tryMs });
        return;
      } catch (error) {
        if (left === 1 || !(error instanceof errors.TimeoutError)) throw error;
        await page.keyboard.press('Escape');
      }
    }
  };
  const press = async (key: string, wanted: Locator) => {
    for (let left = mostTries; left > 1; left--) {
      await page.keyboard.press(key);
      if (await comes(wanted)) return;
    }
    await wanted.waitFor();
  };
  return {
    page,
    storage: vscode.storage,
    state: vscode.state,
    row,
    rows,
    toast: (hasText) => page.locator('.notification-toast', { hasText }).first(),
    item,
    open: async (name) => {
      const file = basename(name);
      const tab = page.locator('.tab.active', { hasText: file });
      for (let left = mostTries; left > 1; left--) {
        await pick('Control+P', name, file);
        if (await comes(tab)) return;
      }
      await tab.waitFor();
    },
    command: (title) => pick('F1', `>Haven: ${title}`, `Haven: ${title}`),
    expand: async (parent, child) => {
      const wanted = row(child);
      for (let left = mostTries; left > 1; left--) {
        await row(parent).click();
        // In an open row this goes to its first child and closes nothing.
        await page.keyboard.press('ArrowRight');
        if (await comes(wanted)) return;
      }
      await wanted.waitFor();
    },
    menu: async (on, action) => {
      const wanted = page.locator('.monaco-menu .action-item', { hasText: action }).first();
      for (let left = mostTries; ; left--) {
        await row(on).click({ button: 'right' });
        await wanted.waitFor();
        // A menu takes no click in its first tenth of a second, lest the click that opened it choose an item.
        await page.waitForTimeout(200);
        await wanted.click();
        if (await comes(wanted, 'hidden')) return;
        if (left === 1) throw new Error(`the menu of ${on} does not take ${action}`);
        await page.keyboard.press('Escape');
      }
    },
    press,
    fixes: async () => {
      const list = page.locator('.action-widget');
      await press('Control+Period', list);
      return list;
    },
    answer: async (hasText, text) => {
      // The lists before it and the questions after it are drawn by the same widget: only its words tell them apart.
      const question = page.locator('.quick-input-widget:visible', { hasText });
      const input = question.locator('.quick-input-box input');
      await question.waitFor();
      for (let left = mostTries; left > 0; left--) {
        if (text !== undefined) await input.fill(text, { timeout: tryMs }).catch(() => undefined);
        await input.press('Enter', { timeout: tryMs }).catch(() => undefined);
        if (await comes(question, 'hidden')) return;
      }
      throw new Error(`the question ${hasText} takes no answer`);
    },
    saveAs: async (path, offered) => {
      const box = page.locator('.quick-input-widget:visible input[type="text"]');
      // The palette is the same widget: what is typed before the dialog has taken it over is lost.
      await page.waitForFunction(
        `${offered}.test(document.querySelector('.quick-input-widget input[type="text"]')?.value)`,
      );
      for (let left = mostTries; left > 0; left--) {
        await box.fill(path);
        // The dialog looks the folder up and may write into its line once more.
        await page.waitForTimeout(500);
        if ((await box.inputValue()) === path) break;
      }
      await page.keyboard.press('Enter');
    },
    builtIn: (title) => pick('F1', `>${title}`, title),
    goTo: async (line, column) => {
      await page.keyboard.press('Control+G');
      await page.keyboard.type(`${line}:${column}`);
      await page.keyboard.press('Enter');
      await page
        .locator('.statusbar-item', { hasText: `Ln ${line}, Col ${column}` })
        .first()
        .waitFor();
    },
    shownText: async () => {
      // Lines are drawn in any order; each says by its place where it belongs.
      const lines = await page.locator('.editor-instance .view-line').evaluateAll((elements) =>
        elements
          .map((each) => ({ top: Number.parseFloat(each.style.top), text: each.textContent ?? '' }))
          .sort((a, b) => a.top - b.top)
          .map((each) => each.text),
      );
      return lines.join('\n').replaceAll('\u00a0', ' ');
    },
    shot: async (name) => {
      const pictures = process.env.HAVEN_PICTURES;
      if (pictures === undefined) return;
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}.png`) });
    },
    crash: async () => {
      vscode.killExtensionHosts();
      await page.reload();
      await page.locator('.monaco-workbench .activitybar').waitFor();
    },
    stop: async () => {
      await browser.close();
      await vscode.stop();
    },
  };
}

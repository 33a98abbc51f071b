import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ensureVscodeServer } from '../../scripts/setup/vscode-server.mjs';
import { openBrowser, openWorkbench, startVscodeWeb } from '../../scripts/setup/vscode-web';

const missing = ['/usr/bin/chromium', '/usr/bin/rg'].filter((path) => !existsSync(path));

/** Why the browser tests cannot run here; false when they can. */
export const workbenchMissing: string | false = missing.length === 0 ? false : `${missing.join(' and ')} not installed`;

/** A workbench in a browser, driven as a person would. */
export interface Workbench {
  readonly page: Page;
  /** Opens a file by name. */
  open(name: string): Promise<void>;
  /** Runs a command from the palette, by its title without the category. */
  command(title: string): Promise<void>;
  /** Writes a picture into the folder that HAVEN_PICTURES names, if it names one. */
  shot(name: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts VS Code for the web with Haven on `folder`, and a browser on it. `home` holds the `.ssh` of who sits before it;
 * `language` is what extensions are told to speak, English unless given.
 */
export async function startWorkbench(folder: string, home?: string, language?: string): Promise<Workbench> {
  const vscode = await startVscodeWeb({
    folder,
    extension: '.',
    serverMain: ensureVscodeServer(),
    ...(home !== undefined && { home }),
  });
  const browser = await openBrowser();
  const page = await openWorkbench(browser, vscode.url, language);
  const pick = async (text: string, row: string) => {
    await page.keyboard.type(text);
    await page.locator('.quick-input-list .monaco-list-row', { hasText: row }).first().waitFor();
    await page.keyboard.press('Enter');
  };
  return {
    page,
    open: async (name) => {
      await page.keyboard.press('Control+P');
      await pick(name, name);
      await page.locator('.tab.active', { hasText: name }).waitFor();
    },
    command: async (title) => {
      await page.keyboard.press('F1');
      await pick(`Haven: ${title}`, title);
    },
    shot: async (name) => {
      const pictures = process.env.HAVEN_PICTURES;
      if (pictures === undefined) return;
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}.png`) });
    },
    stop: async () => {
      await browser.close();
      await vscode.stop();
    },
  };
}

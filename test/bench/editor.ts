import { haproxyLanguage } from '../../src/service/haproxy';
import { keepalivedLanguage } from '../../src/service/keepalived';
import type { Language } from '../../src/service/language';
import { haproxyConfig } from './haproxy';
import { keepalivedConfig } from './keepalived';
import type { Bench } from './main';

/** What is asked for while somebody types: a place in the file, and the feature. */
interface Question<Analysis> {
  readonly what: string;
  /** Milliseconds at 24,000 and at 100,000 lines. */
  readonly budgets: readonly [number, number];
  ask(language: Language<Analysis>, analysis: Analysis, text: string): unknown;
}

const times = 9;

/** At the first `found` in the second half of the file, else in the first; `into` letters behind its start. */
function at(text: string, found: string, into: number): number {
  const start = text.indexOf(found, text.length >> 1);
  return (start < 0 ? text.indexOf(found) : start) + into;
}

const screen = (text: string) => ({ start: text.length >> 1, end: (text.length >> 1) + 2000 });

function questions<Analysis>(keyword: string, reference: string): readonly Question<Analysis>[] {
  return [
    {
      what: 'completion of a keyword',
      budgets: [5, 20],
      ask: (language, analysis, text) => language.complete?.(analysis, at(text, keyword, 3), []),
    },
    {
      what: 'completion of a name',
      budgets: [5, 20],
      ask: (language, analysis, text) => language.complete?.(analysis, at(text, reference, reference.length), []),
    },
    {
      what: 'hover over a keyword',
      budgets: [5, 20],
      ask: (language, analysis, text) => language.hover?.(analysis, at(text, keyword, 3)),
    },
    {
      what: 'hover over a name',
      budgets: [5, 20],
      ask: (language, analysis, text) => language.hover?.(analysis, at(text, reference, reference.length)),
    },
    {
      what: 'signature',
      budgets: [5, 20],
      ask: (language, analysis, text) => language.signature?.(analysis, at(text, reference, reference.length)),
    },
    {
      what: 'highlights of a name',
      budgets: [20, 80],
      ask: (language, analysis, text) => language.references?.(analysis, at(text, reference, reference.length), []),
    },
    {
      what: 'colours of a screen',
      budgets: [5, 20],
      ask: (language, analysis, text) => language.tokens?.(analysis, screen(text)),
    },
    {
      what: 'hints of a screen',
      budgets: [5, 20],
      ask: (language, analysis, text) => language.hints?.(analysis, screen(text)),
    },
    {
      what: 'colours of 2000 lines',
      budgets: [20, 20],
      ask: (language, analysis, text) =>
        language.tokens?.(analysis, { start: text.length >> 1, end: (text.length >> 1) + 2000 * 30 }),
    },
    { what: 'outline', budgets: [20, 80], ask: (language, analysis) => language.symbols?.(analysis) },
    { what: 'folding', budgets: [20, 80], ask: (language, analysis) => language.folds?.(analysis) },
    { what: 'links', budgets: [50, 200], ask: (language, analysis) => language.links?.(analysis) },
    {
      what: 'formatting of the file',
      budgets: [50, 200],
      ask: (language, analysis) => language.format?.(analysis, { tabSize: 2, insertSpaces: true }),
    },
  ];
}

/** Each question is asked after a letter was typed, so that nothing but what an edit leaves is at hand. */
function measure<Analysis>(
  print: Parameters<Bench['run']>[0],
  language: Language<Analysis>,
  makeText: (lines: number) => string,
  keyword: string,
  reference: string,
): void {
  for (const [size, lines] of [24_000, 100_000].entries()) {
    let text = makeText(lines);
    let analysis = language.analyse({ path: 'bench', text, versions: {} });
    language.diagnose(analysis, []);
    const type = () => {
      const offset = at(text, '\n', 0);
      const edits = [{ span: { start: offset, end: offset }, newText: ' ' }];
      text = `${text.slice(0, offset)} ${text.slice(offset)}`;
      analysis = language.analyse({ path: 'bench', text, versions: {} }, { analysis, edits });
    };
    for (const { what, budgets, ask } of questions<Analysis>(keyword, reference)) {
      const taken: number[] = [];
      for (let i = 0; i < times; i++) {
        type();
        const start = performance.now();
        ask(language, analysis, text);
        taken.push(performance.now() - start);
      }
      const median = taken.sort((a, b) => a - b)[times >> 1] ?? 0;
      print(`${what}, ${lines} lines of ${language.kind}`, median, budgets[size] ?? 0, '');
    }
  }
}

export const editorBench: Bench = {
  name: 'editor',
  run(print) {
    measure(print, haproxyLanguage, haproxyConfig, 'balance roundrobin', 'use_backend app_');
    measure(print, keepalivedLanguage, keepalivedConfig, 'priority', 'track_script {\n        chk');
  },
};

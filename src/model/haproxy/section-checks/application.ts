import { say } from '../../../base/message';
import type { Word } from '../../../syntax/haproxy/line';
import type { Problem } from '../problem';
import type { SectionState } from '../section-state';
import { lastParameter, ServerWords } from '../server-words';
import type { Statement } from '../statement';

interface Speaker {
  readonly line: number;
  readonly name: Word | undefined;
  /** What it speaks, on its own line or as `default-server` lines above say; undefined where that is not known. */
  readonly protocol: string | undefined;
  /** Where that is said on its own line. */
  readonly word: Word | undefined;
}

const servers: ReadonlySet<string> = new Set(['server', 'server-template']);

/** The servers of a section and what they speak; empty where nothing is said of it. */
function speakersOf({ statements, inherited }: SectionState): Speaker[] {
  const found: Speaker[] = [];
  const isInherited = ((inherited?.defaultServer ?? 0) & ServerWords.proto) !== 0;
  let above = isInherited ? inherited?.defaultProtocol : '';
  for (let line = 0; line < statements.length; line++) {
    const { directive, args, uncertain, problems } = statements[line] ?? {};
    const name = directive?.name ?? '';
    if (args === undefined || (name !== 'default-server' && !servers.has(name))) continue;
    const from = name === 'server' ? 2 : name === 'server-template' ? 3 : 0;
    const at = lastParameter(args, 'proto', from);
    const word = at < 0 ? undefined : args[at + 1];
    const isUnknown = uncertain === true || word?.open === true || problems?.some(isError) === true;
    if (name !== 'default-server')
      found.push({ line, name: args[0], protocol: isUnknown ? undefined : (word?.text ?? above), word });
    else if (isUnknown) above = undefined;
    else if (word !== undefined) above = word.text;
  }
  return found;
}

const isError = ({ severity, unless }: Problem): boolean => severity === undefined && unless === undefined;

/** Applications are looked at in proxies that are disabled, too (2.6.12, 3.0.11, 3.2.26, 3.4.7). */
const always = { evenDisabled: true };

/** A FastCGI application needs HTTP in front and a server that speaks FastCGI behind. */
export function checkApplication(state: SectionState): void {
  const line = state.statements.findIndex((each) => each.directive?.name === 'use-fcgi-app');
  const at = state.statements[line]?.keywordStretch;
  if (at === undefined || state.statements.some((each) => each.uncertain || each.problems.some(isError))) return;
  if (state.mode !== 'http')
    state.report(
      line,
      at,
      'conflicting-settings',
      say('"{0}" is not possible in mode {1}', 'use-fcgi-app', state.mode),
      always,
    );
  if (speakersOf(state).every(({ protocol }) => protocol !== undefined && protocol !== 'fcgi'))
    state.report(
      line,
      at,
      'missing-setting',
      say('no server of this section speaks FastCGI: add "proto fcgi" to those that do'),
      always,
    );
}

/** The same application may be named again, another one may not. */
export function checkSecondApplication(state: SectionState, line: number, statement: Statement): void {
  const name = statement.arg(0);
  const first = state.statements.find((each) => each.directive?.name === 'use-fcgi-app' && !each.uncertain)?.arg(0);
  if (name === undefined || first === undefined || name.open || first.open || name.text === first.text) return;
  state.report(line, name, 'conflicting-settings', say('this section has the application "{0}" already', first.text));
}

/** Servers that speak FastCGI do so for an application, which only the section itself can name. */
export function checkLonelyServers(state: SectionState): void {
  if (state.mode !== 'http' || state.type === 'frontend' || state.settings.has('use-fcgi-app')) return;
  // Sections have thousands of servers, and hardly one of them has a word of this.
  const isDefault = ((state.defaultServer | (state.inherited?.defaultServer ?? 0)) & ServerWords.proto) !== 0;
  if (!state.hasServers || !(isDefault || state.namesProtocol)) return;
  // An application may be added by a filter.
  if (state.statements.some((each) => each.directive?.name === 'filter' && each.arg(0)?.text === 'fcgi-app')) return;
  for (const { line, name, protocol, word } of speakersOf(state)) {
    const at = word ?? name;
    if (protocol !== 'fcgi' || at === undefined) continue;
    const message = say(
      'server "{0}" speaks FastCGI, and "{1}" is missing in this section',
      name?.text ?? '',
      'use-fcgi-app',
    );
    state.report(line, at, 'missing-setting', message, always);
  }
}

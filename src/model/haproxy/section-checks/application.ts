import { say } from '../../../base/message';
import type { SectionState } from '../section-state';
import { lastParameter, ServerWords, serverWordsOf } from '../server-words';
import type { Statement } from '../statement';

/** A FastCGI application needs HTTP in front and a server that speaks FastCGI behind. */
export function checkApplication(state: SectionState): void {
  const line = state.statements.findIndex((each) => each.directive?.name === 'use-fcgi-app');
  const at = state.statements[line]?.keywordStretch;
  if (at === undefined || !state.certain) return;
  if (state.mode !== 'http')
    state.report(
      line,
      at,
      'conflicting-settings',
      say('"{0}" is not possible in mode {1}', 'use-fcgi-app', state.mode),
    );
  const speaks = /\bproto\s+fcgi\b/;
  const isServer = /^(?:server|server-template|default-server)$/;
  const inherits = state.inherited?.settings.has('default-server') === true;
  if (
    !inherits &&
    !state.statements.some((each) => isServer.test(each.directive?.name ?? '') && speaks.test(each.line.raw))
  )
    state.report(
      line,
      at,
      'missing-setting',
      say('no server of this section speaks FastCGI: add "proto fcgi" to those that do'),
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
  state.statements.forEach((statement, line) => {
    const { directive, uncertain } = statement;
    const from = directive?.name === 'server' ? 2 : directive?.name === 'server-template' ? 3 : undefined;
    if (from === undefined || uncertain || (serverWordsOf(statement, from) & ServerWords.proto) === 0) return;
    const { args } = statement;
    const proto = lastParameter(args, 'proto', from);
    const word = args[proto + 1];
    if (proto < 0 || word?.text !== 'fcgi') return;
    // An application may be added by a filter.
    if (state.statements.some((each) => each.directive?.name === 'filter' && each.arg(0)?.text === 'fcgi-app')) return;
    state.report(
      line,
      word,
      'missing-setting',
      say('server "{0}" speaks FastCGI, and "{1}" is missing in this section', args[0]?.text ?? '', 'use-fcgi-app'),
    );
  });
}

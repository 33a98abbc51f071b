import { say } from '../../../base/message';
import type { SectionState } from '../section-state';

/** The steps of a `healthcheck` section are those of its type, which is given once. */
export function checkHealthCheck(state: SectionState): void {
  let type: string | undefined;
  let first: string | undefined;
  state.statements.forEach((each, line) => {
    const name = each.directive?.name ?? '';
    const word = each.arg(0);
    if (name === 'type') {
      if (type !== undefined)
        state.report(line, each.keywordStretch, 'duplicate-name', say('"{0}" was already given in this section', name));
      const given = word === undefined || word.open ? '' : word.text;
      if (type === undefined && first !== undefined && given !== '' && given !== first)
        state.report(
          line,
          each.keywordStretch,
          'conflicting-settings',
          say('"{0}" is for checks of type {1}, and this one is of type {2}', `type ${given}`, given, first),
        );
      type = given;
    }
    const wanted = name.startsWith('http-check') ? 'httpchk' : name.startsWith('tcp-check') ? 'tcp-check' : undefined;
    if (wanted === undefined) return;
    // Without a type the first step says what it is.
    first ??= wanted;
    const kind = type ?? first;
    if (kind === '' || kind === wanted) return;
    state.report(
      line,
      each.keywordStretch,
      'conflicting-settings',
      say('"{0}" is for checks of type {1}, and this one is of type {2}', name, wanted, kind),
    );
  });
}

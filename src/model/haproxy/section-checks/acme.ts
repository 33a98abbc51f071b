import { say } from '../../../base/message';
import type { SectionState } from '../section-state';

/** What an `acme` section needs, and which of its lines fit together (acme.c of the program). */
export function checkAcme(state: SectionState): void {
  const { settings, statements } = state;
  const place = state.title;
  if (place === undefined) return;
  if (state.certain && !settings.has('directory'))
    state.report(0, place, 'missing-setting', say('acme "{0}" needs "directory"', place.text));
  const [id, key] = ['eab-key-id', 'eab-mac-key'];
  const half = statements.findIndex(({ directive }) => directive?.name === id || directive?.name === key);
  const stretch = statements[half]?.keywordStretch;
  if (stretch !== undefined && state.certain && settings.has(id) !== settings.has(key))
    state.report(half, stretch, 'missing-setting', say('"{0}" and "{1}" are needed together', id, key));
  let overHttp = true;
  statements.forEach((each, line) => {
    const word = each.arg(0);
    if (word === undefined || word.open) return;
    if (each.directive?.name === 'challenge') overHttp = word.text.toLowerCase() === 'http-01';
    if (each.directive?.name !== 'challenge-ready' || each.problems.length > 0) return;
    const conditions = word.text.split(',');
    if (conditions.includes('none') && conditions.length > 1)
      state.report(line, word, 'conflicting-settings', say('"{0}" stands alone', 'none'));
    else if (overHttp && !conditions.includes('none'))
      state.report(
        line,
        each.keywordStretch,
        'conflicting-settings',
        say('"{0}" needs a challenge over DNS above: add "challenge dns-01"', 'challenge-ready'),
      );
  });
}

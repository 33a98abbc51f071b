import { say } from '../../../base/message';
import type { SectionState } from '../section-state';

/** What a section needs and has no line of, once all of its lines are read. */
export function checkNeeds(state: SectionState): void {
  const { type, mode, timeouts, settings } = state;
  const place = state.title;
  if (place === undefined) return;
  const isStream = mode === 'tcp' || mode === 'http';
  if ((type === 'frontend' || type === 'listen') && isStream && !timeouts.has('client'))
    state.report(
      0,
      place,
      'missing-setting',
      say('{0} "{1}" has no "timeout client": silent clients stay for ever', type, place.text),
      { severity: 'warning' },
    );
  if ((type === 'backend' || type === 'listen') && state.hasServers && isStream) {
    const lacking = ['connect', 'server'].filter(
      (each) => !timeouts.has(each) && !(each === 'server' && mode === 'tcp' && timeouts.has('tunnel')),
    );
    if (lacking.length > 0)
      state.report(
        0,
        place,
        'missing-setting',
        say('{0} "{1}" has servers but no "timeout {2}"', type, place.text, lacking.join('", "timeout ')),
        { severity: 'warning' },
      );
  }
  if (type === 'cache' && !settings.has('total-max-size'))
    state.report(0, place, 'missing-setting', say('cache "{0}" needs "total-max-size"', place.text));
  if (type === 'fcgi-app' && !settings.has('docroot'))
    state.report(0, place, 'missing-setting', say('fcgi-app "{0}" needs "docroot"', place.text));
  if (type === 'resolvers' && state.servers.size === 0 && !settings.has('parse-resolv-conf'))
    state.report(0, place, 'missing-setting', say('resolvers "{0}" has no "nameserver"', place.text), {
      severity: 'warning',
    });
}

import { say } from '../../../base/message';
import type { Word } from '../../../syntax/haproxy/line';
import type { SectionState } from '../section-state';

/**
 * Rules that use a cache add a filter for it where the section has none (check_cache_flt in the program's cache.c): it then
 * has to stand in front of the compression, and by itself.
 */
export function checkCacheFilters(state: SectionState): void {
  const explicit = new Set<string>();
  const given = new Set<string>();
  let compresses = false;
  let others = false;
  for (const { directive, args } of state.statements) {
    if (directive?.name !== 'filter') continue;
    const kind = args[0]?.text ?? '';
    if (kind === 'cache') explicit.add(args[1]?.text ?? '');
    else if (!/^(?:compression|comp-re[qs]|fcgi-app)$/.test(kind)) others = true;
  }
  state.statements.forEach(({ directive, args }, line) => {
    const [kind, cache] = args;
    if (directive === undefined || kind === undefined) return;
    const isFilter = directive.name === 'filter';
    if (isFilter && kind.text === 'compression') compresses = true;
    const isRule = directive.name.startsWith('http-re') && /^cache-(?:use|store)$/.test(kind.text);
    if (cache === undefined || cache.open || given.has(cache.text)) return;
    if (!(isFilter ? kind.text === 'cache' : isRule && !explicit.has(cache.text))) return;
    given.add(cache.text);
    if (compresses)
      state.report(
        line,
        cache,
        'conflicting-settings',
        say('"filter compression" stands above: "filter cache {0}" has to come first', cache.text),
      );
    else if (others && !isFilter)
      state.report(
        line,
        cache,
        'missing-setting',
        say('beside other filters "filter cache {0}" has to be written out', cache.text),
      );
  });
}

const compressing = ['algo', 'type', 'offload', 'direction', 'algo-req', 'algo-res', 'type-req', 'type-res'];

/** Settings of the compression bring its filter along, but not beside other filters (check_implicit_http_comp_flt in flt_http_comp.c). */
export function checkCompression(state: SectionState): void {
  if (!state.certain || !compressing.some((each) => state.settings.has(`compression ${each}`))) return;
  const kinds = state.statements.map(({ directive, args }) =>
    directive?.name === 'filter' ? args[0]?.text : undefined,
  );
  if (kinds.some((each) => each !== undefined && /^comp(?:ression|-re[qs])$/.test(each))) return;
  const line = kinds.findIndex((each) => each !== undefined && each !== 'cache' && each !== 'fcgi-app');
  const at = state.statements[line]?.args[0];
  if (at !== undefined)
    state.report(
      line,
      at,
      'missing-setting',
      say('beside other filters "filter compression" has to be written out, because this section compresses'),
    );
}

/** A rule that limits a bandwidth needs a filter that does; any name of one is taken where the section has one (3.0.11, 3.2.26, 3.4.7). */
export function checkLimits(state: SectionState): void {
  const limits: { readonly line: number; readonly name: Word }[] = [];
  state.statements.forEach((each, line) => {
    const name = each.arg(0)?.text === 'set-bandwidth-limit' && !each.uncertain ? each.arg(1) : undefined;
    if (name !== undefined && !name.open) limits.push({ line, name });
  });
  if (limits.length === 0) return;
  const filters = state.statements.filter(
    (each) => each.directive?.name === 'filter' && each.arg(0)?.text.startsWith('bwlim-') === true,
  );
  for (const { line, name } of limits) {
    if (name.text === '' || filters.some((each) => each.arg(1)?.text === name.text || each.arg(1)?.open === true))
      continue;
    const isPassed = filters.length > 0 || state.disabled;
    const message = say('there is no filter "{0}" that limits a bandwidth', name.text);
    state.report(line, name, 'unknown-reference', message, isPassed ? { severity: 'warning' } : {});
  }
}

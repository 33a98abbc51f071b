import { say } from '../../../base/message';
import type { Release } from '../../../catalog/haproxy/catalog';
import type { SectionState } from '../section-state';
import type { Statement } from '../statement';
import { isReplaced } from './replaced';

/** From here on log variables of HTTP may stand in any format but that of a log, and from the other on in that, too. */
const takenInRules: Release = 300;
const takenInLogs: Release = 302;

/** Formats that are read once the whole section is known, and those of them that only a frontend reads. */
const readLate: ReadonlySet<string> = new Set(['use_backend', 'use-server']);
const ofFrontends: ReadonlySet<string> = new Set(['log-format', 'error-log-format', 'unique-id-format']);

/** A log variable that only HTTP has is refused in mode tcp: in the mode of the section, or in that of the lines above. */
export function checkHttpVariable(state: SectionState, line: number, { directive, usesHttp }: Statement): void {
  const { type, release } = state;
  const name = directive?.name ?? '';
  if (usesHttp === undefined || release >= (name === 'log-format' ? takenInLogs : takenInRules)) return;
  if (!state.isProxy && type !== 'global') return;
  const isOfFrontend = ofFrontends.has(name);
  if (isOfFrontend && type === 'backend') return;
  const mode = isOfFrontend || readLate.has(name) ? state.mode : state.modeSoFar;
  if (mode !== 'tcp' || isReplaced(state.statements, line)) return;
  // A frontend that takes the format over may be in another mode.
  const more = isOfFrontend && type === 'defaults' ? { severity: 'warning' as const } : {};
  state.report(line, usesHttp, 'bad-expression', say('this log variable exists in mode http only'), more);
}

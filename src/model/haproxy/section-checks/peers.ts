import { say } from '../../../base/message';
import type { Release } from '../../../catalog/haproxy/catalog';
import type { SectionState } from '../section-state';

/** Older releases take two tables of one name. */
const tablesUnique: Release = 300;

/** From here on a listener of peers has one address and port. */
const oneAddress: Release = 300;

/** A `peers` section listens once, and its own machine stands in a `server` line then: `peer` lines bring an address along. */
export function checkPeers(state: SectionState): void {
  let listener: string | undefined;
  let peer: string | undefined;
  const tables = new Set<string>();
  state.statements.forEach((each, line) => {
    const name = each.directive?.name;
    const table = name === 'table' ? each.arg(0) : undefined;
    if (table !== undefined && !table.open && !each.uncertain) {
      if (tables.has(table.text)) {
        const message = say('the name "{0}" is taken by another line of this section', table.text);
        const severity = state.release < tablesUnique ? 'warning' : undefined;
        state.report(line, table, 'duplicate-name', message, {
          refusedFrom: tablesUnique,
          ...(severity && { severity }),
        });
      }
      tables.add(table.text);
    }
    const address = name === 'bind' ? each.arg(0) : undefined;
    if (address !== undefined && !address.open && state.release >= oneAddress && /,|:\d+-\d/.test(address.text))
      state.report(line, address, 'bad-value', say('a section of peers listens on one address only'), {
        refusedFrom: oneAddress,
      });
    if (name !== 'bind' && name !== 'peer') return;
    const conflict = (message: ReturnType<typeof say>): void =>
      state.report(line, each.keywordStretch, 'conflicting-settings', message);
    if ((name === 'bind' ? peer : listener) !== undefined)
      conflict(say('"{0}" and "{1}" cannot be used together', 'peer', 'bind'));
    else if (name === 'bind' && listener !== undefined) conflict(say('a section of peers listens on one address only'));
    if (each.uncertain) return;
    if (name === 'bind') listener = name;
    else peer = name;
  });
}

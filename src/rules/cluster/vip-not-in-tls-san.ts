import { parseIp, sameIp } from '../../base/address';
import { type FileEdit, related } from '../../base/finding';
import { say } from '../../base/message';
import {
  type ClusterModel,
  identitiesOf,
  type K3sNode,
  settingList,
  settingPlace,
} from '../../model/cluster/cluster-model';
import { rule } from '../rule';
import { apiDoors } from './api-doors';

/**
 * The names a k3s server puts into its certificate by itself are its own name and addresses; what clients use
 * instead must stand in `tls-san` (k3s-io/docs, datastore/cluster-loadbalancer).
 */
export const vipNotInTlsSan = rule<ClusterModel>({
  id: 'cluster/vip-not-in-tls-san',
  severity: 'error',
  summary:
    'Clients reach the API under an address that is not in `tls-san` of a server, so its certificate is refused.',

  *check(model) {
    const servers = model.k3s.filter((node) => node.role === 'server');
    for (const door of apiDoors(model)) {
      const lacking = servers.filter((server) => !covers(server, door.value));
      const edits = lacking.map((server) => additionTo(server, door.value)).filter((each) => each !== undefined);
      const single = new Set(edits.map((edit) => edit.path)).size === 1;
      for (const server of lacking) {
        yield {
          ...settingPlace(server, 'tls-san'),
          message: say(
            '"{0}" is where clients reach the API, but it is not in tls-san of {1}: TLS through it fails',
            door.value,
            server.label,
          ),
          related: [related(door, say('the address is named here'))],
          fixes: [
            {
              title: single
                ? say('Add "{0}" to tls-san', door.value)
                : say('Add "{0}" to tls-san of every server that lacks it', door.value),
              edits: unique(edits),
              confidence: 'review',
            },
          ],
        };
      }
    }
  },
});

/** Whether the certificate of `server` is valid for `name`, by `tls-san` or by itself. */
function covers(server: K3sNode, name: string): boolean {
  const names = [...settingList(server, 'tls-san'), ...identitiesOf(server)];
  return names.some((each) => each.value.toLowerCase() === name.toLowerCase() || sameIp(each.value, name));
}

/** The edit that adds `name` to the list, in the list's own style; a file without the key gets one. */
export function additionTo(server: K3sNode, name: string): FileEdit | undefined {
  const text = parseIp(name)?.family === 6 ? `"${name}"` : name;
  const { insertAt, settings } = server.facts;
  const setting = settings.get('tls-san');
  // The list may stand in a drop-in of the node.
  const path = setting?.path ?? server.facts.path;
  if (setting === undefined)
    return {
      path,
      span: { start: insertAt, end: insertAt },
      newText: `${insertAt === 0 ? '' : '\n'}tls-san:\n  - ${text}`,
    };
  const last = setting.values.at(-1);
  if (last === undefined) return undefined;
  const at = { start: last.span.end, end: last.span.end };
  if (setting.flow) return { path, span: at, newText: `, ${text}` };
  if (!setting.isList) return { path, span: last.span, newText: `\n  - ${last.value}\n  - ${text}` };
  return { path, span: at, newText: `\n${setting.itemIndent}- ${text}` };
}

function unique(edits: readonly FileEdit[]): readonly FileEdit[] {
  return edits.filter((edit, index) => edits.findIndex((each) => each.path === edit.path) === index);
}

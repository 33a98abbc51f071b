import { placeOf, related } from '../../base/finding';
import { say } from '../../base/message';
import type { ClusterModel } from '../../model/cluster/cluster-model';
import { isSlip } from '../../model/cluster/slips';
import { rule } from '../rule';

/** The file that a command of keepalived starts; none where it is found by PATH or filled in. */
const programOf = (command: string): string | undefined => /^["']?(\/[\w./-]+)/.exec(command)?.[1];

export const checkPathDiffers = rule<ClusterModel>({
  id: 'cluster/check-path-differs',
  severity: 'warning',
  summary: 'The checks of two load balancers have one name, and the path of one is that of the other with a slip.',

  *check(model) {
    const commands = model.keepalived.flatMap(({ facts }) =>
      facts.commands.flatMap((command) => {
        const program = programOf(command.value);
        return program === undefined ? [] : [{ command, program }];
      }),
    );
    const files = (path: string) =>
      new Set(commands.filter(({ program }) => program === path).map(({ command }) => command.path)).size;
    for (const [index, { command, program }] of commands.entries()) {
      const other = commands.find(
        (each, at) =>
          each.command.path !== command.path &&
          each.command.name === command.name &&
          isSlip(each.program, program) &&
          // What most of them say is meant; of two nobody knows which, and the one is told with the other.
          files(each.program) - files(program) > (at < index ? -1 : 0),
      );
      if (other === undefined) continue;
      yield {
        ...placeOf(command),
        message: say(
          '{0} runs {1} here and {2} on another load balancer: where a file has the other name the check always fails',
          command.name,
          program,
          other.program,
        ),
        related: [related(other.command, say('the other check is here'))],
      };
    }
  },
});

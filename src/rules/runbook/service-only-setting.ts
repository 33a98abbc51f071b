import { say } from '../../base/message';
import { installsK3s, matches, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { hasOption, type Step } from '../../model/runbook/steps';
import { rule } from '../rule';

/** Settings of the service that other commands of k3s need as well, with the names under which they take them. */
const settings: readonly (readonly [key: string, ...names: string[]])[] = [
  ['data-dir', '--data-dir', '-d'],
  ['etcd-snapshot-dir', '--etcd-snapshot-dir', '--snapshot-dir', '--dir'],
];

export const serviceOnlySetting = rule<RunbookAnalysis>({
  id: 'runbook/service-only-setting',
  severity: 'warning',
  summary: 'A folder is given to the k3s service on its command line, and a command that needs it is not told.',

  *check({ commands, steps, text }) {
    for (const [key, ...names] of settings) {
      // Who has it in config.yaml as well, or names that file for the command, lets every command find it.
      if (new RegExp(`^[ \\t]*${key}[ \\t]*:`, 'm').test(text)) continue;
      const given = commands.flatMap((command) =>
        installsK3s(command) || /\bk3s\s+server\b/.test(command.text)
          ? matches(command, new RegExp(String.raw`(?<=[\s"'=])(--${key})(?=[= ])`, 'dg'))
          : [],
      )[0];
      if (given === undefined) continue;
      for (const step of steps) {
        const word = wordOf(step, key);
        if (word === undefined || step.span.start < given.span.start) continue;
        if (hasOption(step, ...names, '--config', '-c') || step.args.some((each) => each.isOpen)) continue;
        yield {
          span: word.span,
          message: say(
            '"{0}" was given to the service alone; this command does not know it: put it into config.yaml, or write it here too',
            `--${key}`,
          ),
          related: [{ span: given.span, message: say('it was given here') }],
        };
      }
    }
  },
});

/** The word of a step that looks into the folder of a setting by itself. */
function wordOf({ program, args }: Step, key: string) {
  if (program !== 'k3s') return undefined;
  if (args[0]?.text === 'etcd-snapshot') return args[0];
  return key === 'data-dir' && args[0]?.text === 'server'
    ? args.find((each) => /^--cluster-reset(?:=|$)/.test(each.text))
    : undefined;
}

import { say } from '../../base/message';
import { installsK3s, isFilledIn, matches, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { rule } from '../rule';
import { flagsFrom } from './unknown-flag';

const assignment = String.raw`(?:[A-Za-z_]\w*=(?:"[^"]*"|'[^']*'|\S*)\s+)`;

const variableBeforeCurl = rule<RunbookAnalysis>({
  id: 'runbook/variable-before-curl',
  severity: 'error',
  summary: 'A variable for the k3s installer is given to `curl`, which does not hand it on.',

  *check({ commands }) {
    for (const command of commands) {
      if (!installsK3s(command)) continue;
      const piped = command.text.slice(0, Math.max(0, command.text.lastIndexOf('|')));
      const beforeCurl = piped.slice(0, [...piped.matchAll(/\bcurl\b/g)].at(-1)?.index ?? 0);
      for (const { text, span } of matches(
        { ...command, text: beforeCurl },
        /(?:^|[;&]\s*|\$\s+)((?:INSTALL_)?K3S_\w+=(?:"[^"]*"|'[^']*'|\S*))/dg,
      )) {
        yield {
          span,
          message: say(
            '{0} reaches curl, not the installer; write it behind the pipe: curl … | {0}=… sh -',
            text.split('=')[0] ?? '',
          ),
        };
      }
    }
  },
});

const sudoLosesVariables = rule<RunbookAnalysis>({
  id: 'runbook/sudo-loses-variables',
  severity: 'error',
  summary: 'Variables in front of `sudo` do not reach the k3s installer.',

  *check({ commands }) {
    for (const command of commands) {
      if (!installsK3s(command)) continue;
      for (const { span } of matches(
        command,
        new RegExp(String.raw`\|\s*(?:\\\s*)?${assignment}+(sudo)\s+(?!-E|-\w*E|--preserve-env|env\b)`, 'dg'),
      ))
        yield {
          span,
          message: say('sudo drops the variables before it; write them behind it: | sudo NAME=value sh -'),
        };
    }
  },
});

const spaceAfterEquals = rule<RunbookAnalysis>({
  id: 'runbook/space-after-equals',
  severity: 'error',
  summary: 'A blank behind the equals sign of a flag: the flag is empty and its value is a stray word.',

  *check({ commands }) {
    for (const command of commands) {
      if (flagsFrom(command.text) === undefined && !installsK3s(command)) continue;
      for (const { text, span } of matches(
        command,
        /(?<=^|[\s;|&])(--[a-z][\w-]*=(?=[ \t]+[^\s-])|(?:INSTALL_)?K3S_\w+=(?=[ \t]+["']))[ \t]+/dg,
      ))
        yield {
          span,
          message: say('"{0}" ends here and is empty; remove the blank behind it', text),
          fixes: [
            {
              title: say('Remove the blank'),
              edits: [{ span: { start: span.end, end: span.end + 1 }, newText: '' }],
              confidence: 'review',
            },
          ],
        };
    }
  },
});

/** `TOKEN`, `xxxxxx.xxxxxxxxxxxxxxxx`, `your-token-here`, `[token]`: a word in place of the secret. */
const standIn = /^(?:[A-Z][A-Z_-]*|[xX][xX.]*|[*._-]+|your[-_].*|\[.*\])$/;

const literalSecret = rule<RunbookAnalysis>({
  id: 'runbook/literal-secret',
  severity: 'hint',
  summary: 'A token or key stands in a runbook in clear.',

  *check({ commands }) {
    const patterns = [
      /(?:^|\s)K3S_(?:AGENT_)?TOKEN=["']?([^\s"']+)/dg,
      /\s--(?:agent-)?token(?:=|\s+)["']?([^\s"'\\]+)/dg,
      /--etcd-s3-(?:access|secret)-key(?:=|\s+)["']?([^\s"'\\]+)/dg,
      /--certificate-key(?:=|\s+)["']?([0-9a-fA-F]{64})/dg,
      /--datastore-endpoint(?:=|\s+)["']?\w+:\/\/[^:\s"']+:([^@\s"']+)@/dg,
    ];
    for (const command of commands) {
      if (!/k3s|kubeadm/.test(command.text)) continue;
      for (const { text, span } of patterns.flatMap((pattern) => matches(command, pattern))) {
        if (isFilledIn(text) || /^-/.test(text) || standIn.test(text)) continue;
        yield {
          span,
          message: say('a secret in clear: whoever reads this file has it; use a file with mode 0600 or a variable'),
        };
      }
    }
  },
});

const insecureInstall = rule<RunbookAnalysis>({
  id: 'runbook/insecure-install',
  severity: 'warning',
  summary: 'The installer is fetched without checking who answers, and run as root.',

  *check({ commands }) {
    for (const command of commands) {
      if (!installsK3s(command)) continue;
      for (const { span } of matches(
        command,
        /(http:\/\/get\.k3s\.io|\bcurl\s+(?:\S+\s+){0,30}?(?:-\w{0,9}k\w*|--insecure)(?=\s)|\bwget\s+(?:\S+\s+){0,30}?--no-check-certificate)/dg,
      ))
        yield { span, message: say('what answers here runs as root without being checked; use https and no -k') };
    }
  },
});

const openArguments = /INSTALL_K3S_EXEC=(?:"[^"$]{0,500}\$|\$)|\bsh\s+-s\s+(?:-\s+)?(?:[^\s|;$"']+\s+){0,30}["']?\$/;

/** A file or a command brings variables in, and nobody knows which; the files that shells read by themselves have none of k3s. */
const bringsVariables =
  /(?:^|[\s;&|({])(?:\.|source)\s+(?!\S*(?:\/etc\/os-release|\.bashrc|\.profile|\.zshrc|\/etc\/profile|\/bin\/activate|completion)|<\()\S|\b(?:export|env)\s+["']?(?:\$\(|`)|\benv\s+-S\b|\beval\s/;

const agentWithoutToken = rule<RunbookAnalysis>({
  id: 'runbook/agent-without-token',
  severity: 'error',
  summary: '`K3S_URL` without a token, or not an https address: the installer stops.',

  *check({ commands }) {
    // One export may name several variables.
    const isGiven = commands.some((each) => /\bexport\s[^;&|]{0,1000}?\bK3S_TOKEN|config\.yaml/.test(each.text));
    const brought = commands.filter(({ text }) => bringsVariables.test(text));
    for (const command of commands) {
      if (brought.some((each) => each.block === command.block && each.span.start <= command.span.start)) continue;
      // A variable among the arguments may hold the token.
      if (!installsK3s(command) || openArguments.test(command.text)) continue;
      for (const { text, span } of matches(command, /\bK3S_URL=["']?([^\s"']+)/dg)) {
        if (!/^https:\/\//.test(text) && !isFilledIn(text))
          yield { span, message: say('"{0}" is no https address; expected https://host:6443', text) };
        else if (!isGiven && !/K3S_TOKEN|--token|K3S_CONFIG_FILE/.test(command.text))
          yield {
            span,
            message: say('K3S_URL needs K3S_TOKEN or K3S_TOKEN_FILE beside it; the installer stops without'),
          };
      }
    }
  },
});

/** Whether a command hands flags to the installer: behind `sh -s -`, or in the variable for them. */
export function givesFlags(text: string): boolean {
  const found = /sh\s+-s\s+-/.exec(text);
  return (found !== null && text.includes('--', found.index + found[0].length)) || text.includes('INSTALL_K3S_EXEC=');
}

const upgradeLosesFlags = rule<RunbookAnalysis>({
  id: 'runbook/upgrade-loses-flags',
  severity: 'warning',
  summary: 'The installer is run again without the flags of the first time, and writes the service without them.',

  *check({ commands }) {
    const first = commands.find((each) => installsK3s(each) && givesFlags(each.text));
    if (first === undefined) return;
    for (const command of commands) {
      if (command.span.start <= first.span.start || !installsK3s(command)) continue;
      // A role behind `sh -s -` is the first install of another node.
      if (/K3S_URL|K3S_TOKEN|INSTALL_K3S_EXEC|INSTALL_K3S_SKIP|--|sh\s+-s\s+-\s+\w/.test(command.text)) continue;
      const [word] = matches(command, /(INSTALL_K3S_(?:VERSION|CHANNEL)=\S+)/dg);
      if (word === undefined) continue;
      yield {
        span: word.span,
        message: say(
          'without the flags of the first install the service is rewritten without them; keep them in config.yaml',
        ),
        related: [{ span: first.span, message: say('the flags were given here') }],
      };
    }
  },
});

const snapshotCommand = rule<RunbookAnalysis>({
  id: 'runbook/snapshot-command',
  severity: 'hint',
  summary: '`k3s etcd-snapshot` without a sub-command, or `prune` for the wrong group of snapshots.',

  *check({ commands }) {
    for (const command of commands) {
      for (const { span } of matches(command, /\bk3s\s+(etcd-snapshot)(?=\s*$|\s+-)/dg))
        yield { span, message: say('newer releases want a sub-command: etcd-snapshot save') };
      for (const { span } of matches(command, /\bk3s\s+(etcd-snapshot\s+prune)\b(?![\s\S]*--name)/dg))
        yield { span, message: say('this prunes on-demand snapshots only; scheduled ones need --name etcd-snapshot') };
    }
  },
});

const readableKubeconfig = rule<RunbookAnalysis>({
  id: 'runbook/readable-kubeconfig',
  severity: 'warning',
  summary: 'The administrator kubeconfig is made readable for everybody on the machine.',

  *check({ commands }) {
    const closing = commands.findLast(({ text }) =>
      /\bchmod\s+(?:\S+\s+)?(?:0?[0-7]{2}0|g?o-r\w*)\s+\S*(?:k3s\.yaml|admin\.conf)/.test(text),
    );
    for (const command of commands) {
      for (const { span } of matches(
        command,
        /(--write-kubeconfig-mode[= ]["']?0?[0-7]?[0-7][4-7]\b|\bchmod\s+(?:\S+\s+)?(?:0?[0-7]{2}[4-7]|[ao]*\+r\w*)\s+\S*(?:k3s\.yaml|admin\.conf))/dg,
      )) {
        // Opened for one copy and closed again further down.
        if (closing !== undefined && closing.span.start > command.span.start) continue;
        yield { span, message: say('every user of this machine is administrator of the cluster with this; use 0600') };
      }
    }
  },
});

const mixedConfig = rule<RunbookAnalysis>({
  id: 'runbook/config-with-flags',
  severity: 'error',
  summary: 'kubeadm refuses `--config` together with flags that say the same things.',

  *check({ commands }) {
    for (const command of commands) {
      if (!/\bkubeadm\s+(init|join)\b/.test(command.text) || !/--config[= ]/.test(command.text)) continue;
      for (const { text, span } of matches(
        command,
        /(--(?:pod-network-cidr|service-cidr|service-dns-domain|apiserver-advertise-address|apiserver-bind-port|apiserver-cert-extra-sans|control-plane-endpoint|kubernetes-version|image-repository|token-ttl|patches))\b/dg,
      ))
        yield { span, message: say('{0} and --config exclude each other; put it into the file', text) };
    }
  },
});

export const commandRules = [
  variableBeforeCurl,
  sudoLosesVariables,
  spaceAfterEquals,
  literalSecret,
  insecureInstall,
  agentWithoutToken,
  upgradeLosesFlags,
  snapshotCommand,
  readableKubeconfig,
  mixedConfig,
];

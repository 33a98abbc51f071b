import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Workspace } from '../../src/service';

/** What a reader of the guides found, by rule: each finding was looked at, and all of one rule have the same verdict. */
const verdicts: Readonly<Record<string, string>> = {
  'cluster/bind-needs-nonlocal': 'right as a hint: nothing in the guide sets the sysctl',
  'haproxy/clear-password':
    'right as a hint: user and password are among those that are tried first, and stand in clear',
  'haproxy/check-replaced': 'right: two check methods on one backend, the first never runs',
  'haproxy/connect-only-check': 'right as a hint: nothing but a TCP connection is tried',
  'haproxy/duplicate-name': 'right as a warning: releases from 3.3 on refuse it',
  'haproxy/ignored-setting': 'right: the option has no effect in a backend',
  'haproxy/no-redispatch': 'right as a hint: until the check fails, clients of the dead server do',
  'haproxy/open-stats-admin': 'right: anybody may switch servers off',
  'haproxy/short-stream-timeout': 'right: the timeout ends silent watches',
  'k3s/readable-kubeconfig': 'right: the file has the administrator key and all may read it',
  'keepalived/address-without-prefix': 'right as a hint: the address becomes a /32',
  'keepalived/bad-value': 'right: the password is longer than what counts',
  'keepalived/comment-cuts-value': 'right: the password ends at the comment character',
  'keepalived/conflicting-settings': 'right: the daemon drops the weight at priority 255',
  'keepalived/no-script-security': 'right: scripts run as root',
  'keepalived/password-in-file': 'right as a hint: the password stands in clear',
  'keepalived/shell-syntax': 'right: there is no shell, so the substitution is never made and the check always fails',
  'keepalived/slow-detection': 'right as information: the sum is as stated',
  'keepalived/small-weight': 'right: the other node has 100, which the weight does not reach',
  'kubeadm/endpoint-is-address': 'right as a hint: the address stays in every kubeconfig and certificate',
  'kubeadm/managed-argument': 'right: kubeadm sets it itself, and its probes rely on that',
  'kubeadm/misplaced-field': 'right: the kind has no such field',
  'nginx/short-proxy-timeout': 'right: the timeout ends silent watches',
  'runbook/etcd-restore-members': 'right: the cluster has three members, the command makes one',
  'runbook/literal-secret': 'right: a token, key or password stands in clear',
  'runbook/removes-snapshots': "right: the directory holds that server's own snapshots",
  'runbook/reset-while-others-run': 'right: the others are stopped only after the reset',
  'runbook/upgrades-kubeadm-last': 'right: the new kubeadm is installed only after it was needed',
  'runbook/upgrade-loses-flags': 'right: the first install gave flags that this one does not repeat',
};

/** The page about the findings in the operators' guides, as the rules of now make it. `folder` holds the guides as text. */
export function guidesReview(folder: string): string {
  const rows = readdirSync(folder)
    .filter((each) => each.endsWith('.txt'))
    .sort()
    .flatMap((name) => {
      const workspace = new Workspace();
      const path = name.replace(/\.txt$/, '.md');
      const lines = workspace.open(path, readFileSync(join(folder, name), 'utf8'))?.lines;
      return workspace
        .diagnose(path)
        .map((each) => ({ line: (lines?.positionAt(each.span.start).line ?? 0) + 1, ...each }))
        .sort((a, b) => a.line - b.line || (a.rule < b.rule ? -1 : 1))
        .map(({ line, severity, rule }) => [
          name.slice(0, 3),
          line,
          severity,
          rule,
          verdicts[rule] ?? 'NOT JUDGED YET',
        ]);
    });
  const table = [['guide', 'line', 'severity', 'rule', 'verdict'], ['---', '---', '---', '---', '---'], ...rows];
  return `# The operators' guides, linted

What Haven says of the guides saved as Markdown, one by one. Made by \`test/accuracy/guides.ts\`; the verdicts are in \`test/support/guides.ts\`.
Guide 004 is guide 001 in a broken encoding: the findings are the same.

${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}

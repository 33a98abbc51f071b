import { say } from '../../base/message';
import { matches, type RunbookAnalysis } from '../../model/runbook/analyse-runbook';
import { rule } from '../rule';

/** What opens single ports, and by that keeps everything else closed: VRRP is a protocol of its own beside TCP and UDP (RFC 5798 §5.1). */
const opensPorts =
  /\b(ufw\s+allow\s+(?:in\s+)?(?:proto\s+\w+\s+)?(?:\d+|[a-z-]+\b(?<!from|in|on|out))|firewall-cmd\s[^;&|]*--add-(?:port|service)=)/dg;

/** What lets VRRP through: by its name or number, its group, an address as a whole, or a firewall that is off or emptied. */
const letsThrough =
  /vrrp|\bproto(?:col)?[\s=]+["']?112\b|224\.0\.0\.(?:18|0\/)|ufw\s+(?:disable|allow\s+(?:in\s+)?(?:from|on)\b)|ufw\s+default\s+allow\s+incoming|--add-source=|--zone=["']?trusted|--set-default-zone=["']?trusted|(?:stop|disable|mask)\s+(?:--now\s+)?(?:ufw|firewalld|nftables)|iptables\s+(?:-F|--flush|-P\s+INPUT\s+ACCEPT|-D\s+INPUT\s+-j\s+(?:REJECT|DROP))/;

/** Starting or configuring keepalived on this machine. */
const runsKeepalived =
  /\b(?:apt(?:-get)?|dnf|yum|zypper)\b[^;&|\n]{0,300}\sinstall\b[^;&|\n]{0,300}\bkeepalived\b|\/etc\/keepalived\/keepalived\.conf|systemctl\s[^;&|\n]*\bkeepalived\b/;

export const firewallWithoutVrrp = rule<RunbookAnalysis>({
  id: 'runbook/firewall-without-vrrp',
  severity: 'warning',
  summary:
    'A firewall is opened port by port on a machine with keepalived, and VRRP is not among what it lets through.',
  absence: true,

  *check({ text, tree }) {
    if (letsThrough.test(text) || !tree.commands.some((each) => runsKeepalived.test(each.text))) return;
    for (const command of tree.commands) {
      const [first] = matches(command, opensPorts);
      if (first === undefined) continue;
      yield {
        span: first.span,
        message: say(
          'this firewall lets no VRRP through, so every node of keepalived would hold the address: allow protocol 112 (vrrp) between the nodes',
        ),
      };
      return;
    }
  },
});

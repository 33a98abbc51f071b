import type { Command } from '../command';

const script = `show() { printf '\\n# %s\\n' "$*"; "$@" 2>&1; }
show hostname
show uname -a
[ -r /etc/os-release ] && show cat /etc/os-release
show ip -o addr show
show df -h
command -v k3s >/dev/null && show k3s --version
command -v kubeadm >/dev/null && show kubeadm version -o short
command -v haproxy >/dev/null && show haproxy -v
command -v keepalived >/dev/null && show keepalived --version
command -v nginx >/dev/null && show nginx -v
exit 0`;

/** What a host is and which releases it runs, as text for people who have to build it again. Reads only. */
export const aboutCommand: Command = { argv: ['sh', '-c', script], root: true, timeoutSec: 30 };

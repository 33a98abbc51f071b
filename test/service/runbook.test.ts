import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../src/service';
import { parseRunbook } from '../../src/syntax/runbook/parse-runbook';
import { outerSpan } from '../../src/syntax/runbook/runbook-tree';

const found = (path: string, text: string) => {
  const workspace = new Workspace();
  workspace.open(path, text);
  const file = workspace.file(path);
  assert.equal(file?.kind, 'runbook');
  return workspace
    .diagnose(path)
    .map((each) => `${(file?.lines.positionAt(each.span.start).line ?? -1) + 1} ${each.rule}`);
};

const stream = (timeout: string) => `events {} stream {
  upstream api { server 10.0.0.1:6443; server 10.0.0.2:6443; }
  server { listen 6443; proxy_pass api; proxy_connect_timeout 1s; proxy_timeout ${timeout}; }
}
`;

test('a configuration in a heredoc is checked at its line of the script', () => {
  const script = `# k3s\ncat > /etc/nginx/nginx.conf <<'EOF'\n${stream('5s')}EOF\n`;
  assert.deepEqual(found('setup.sh', script), ['5 nginx/short-proxy-timeout']);
});

test('what the shell has yet to fill in is left alone, unless the heredoc is quoted', () => {
  const script = (word: string) =>
    `# k3s\nsudo tee /etc/nginx/nginx.conf <<${word}\n${stream('5s').replace('; }\n}', '; } # $WHY\n}')}EOF\n`;
  assert.deepEqual(found('setup.sh', script('EOF')), []);
  assert.deepEqual(found('setup.sh', script("'EOF'")), ['5 nginx/short-proxy-timeout']);
});

test('a fence and the content of a cloud-init file are checked at their lines', () => {
  const page = `# k3s\n\n\`\`\`nginx\n${stream('5s')}\`\`\`\n`;
  assert.deepEqual(found('guide.md', page), ['6 nginx/short-proxy-timeout']);
  const indented = stream('5s').replace(/^(?=.)/gm, '      ');
  const cloud = `#cloud-config\nwrite_files:\n  - path: /etc/nginx/nginx.conf\n    content: |\n${indented}runcmd:\n  - rm -rf /var/lib/rancher/k3s/server/db\n`;
  assert.deepEqual(found('user-data', cloud).sort(), ['10 runbook/removes-snapshots', '7 nginx/short-proxy-timeout']);
});

test('places in an embedded text lead back to the same characters of the outer one', () => {
  const text = '#cloud-config\nwrite_files:\n  - content: |\n      a: 1\n\n      b:\n        c: 2\n    path: /x.yaml\n';
  const [part] = parseRunbook('user-data', text).embedded;
  assert.equal(part?.target, '/x.yaml');
  const at = part?.text.indexOf('c: 2') ?? -1;
  const span = part === undefined ? undefined : outerSpan(part, { start: at, end: at + 4 });
  assert.equal(text.slice(span?.start, span?.end), 'c: 2');
});

test('placeholders and variables are no secrets, and a copy beforehand is enough', () => {
  assert.deepEqual(
    found('a.sh', 'curl -sfL https://get.k3s.io | K3S_URL=https://lb:6443 K3S_TOKEN=<TOKEN> sh -\n'),
    [],
  );
  assert.deepEqual(found('a.sh', 'k3s server --token "$TOKEN"\n'), []);
  const restore = 'cp -r /var/lib/rancher/k3s/server/db/snapshots /backup\nrm -rf /var/lib/rancher/k3s/server/db\n';
  assert.deepEqual(found('a.sh', restore), []);
});

test('a script inside a script writes configurations too, expanded by the outer heredoc or not', () => {
  const script = (outer: string) =>
    `# k3s\nssh root@cp1 "bash -s" <<${outer}\ncat >/tmp/check.sh <<'EOF'\nkillall -0 haproxy\nEOF\ntee /etc/nginx/nginx.conf >/dev/null <<'EOF'\n${stream('5s').replace('; }\n}', '; } # $WHY\n}')}EOF\nREMOTE\n`;
  assert.deepEqual(found('setup.sh', script("'REMOTE'")), ['9 nginx/short-proxy-timeout']);
  assert.deepEqual(found('setup.sh', script('REMOTE')), []);
});

test('a heredoc whose end is not seen says nothing: a variable may stand for the line break before it', () => {
  const script = `# k3s\ncat >/etc/keepalived/keepalived.conf <<EOF\nvrrp_instance A {\n\${rest}EOF\nsystemctl restart keepalived\n`;
  assert.deepEqual(found('setup.sh', script), []);
});

test('a data directory that is put back from a copy keeps its token', () => {
  const lines = (last: string) =>
    `systemctl stop k3s\nrm -rf /var/lib/rancher/k3s/server\n${last}systemctl start k3s\n`;
  assert.deepEqual(found('a.sh', lines('cp -a /backup/server /var/lib/rancher/k3s/\n')), []);
  assert.deepEqual(found('a.sh', lines('')), ['2 runbook/removes-data-dir']);
});

test('without its data directory a server rejoins where it has the token from elsewhere, and without the snapshots', () => {
  const severities = (text: string) => {
    const workspace = new Workspace();
    workspace.open('a.sh', text);
    return workspace.diagnose('a.sh').map(({ severity }) => severity);
  };
  assert.deepEqual(severities('systemctl stop k3s\nrm -rf /var/lib/rancher/k3s/server\n'), ['error']);
  assert.deepEqual(severities('# made of k3s\nsystemctl stop rke2-server\nrm -rf /var/lib/rancher/rke2/server\n'), [
    'warning',
  ]);
});

test('a restore without members is a mistake with several, and worth a look where nobody says how many there are', () => {
  const severities = (title: string) => {
    const workspace = new Workspace();
    const command = 'etcdutl snapshot restore /backup/etcd.db --data-dir /var/lib/etcd-new';
    workspace.open('a.md', `# ${title}\n\`\`\`sh\n${command}\n\`\`\`\n`);
    return workspace.diagnose('a.md').map(({ severity }) => severity);
  };
  assert.deepEqual(severities('HA cluster'), ['warning']);
  assert.deepEqual(severities('Restore etcd'), ['hint']);
  assert.deepEqual(severities('A standalone machine'), []);
});

test('what a script says is not what it does, and a node that is reset loses its etcd', () => {
  const script = (lines: string) => found('a.sh', `# k3s\nclean() {\n${lines}}\n`);
  assert.deepEqual(script('  log "[dry-run] rm -rf /var/lib/etcd   # data"\n'), []);
  assert.deepEqual(script('  log "now" && rm -rf /var/lib/etcd\n'), ['3 runbook/removes-etcd-data']);
  assert.deepEqual(script('  rm -rf /var/lib/etcd\n}\nreset() {\n  kubeadm reset -f\n'), []);
});

test('a fence with a heredoc is a script, whatever its first line is', () => {
  const page =
    '# kubeadm\n\n```\n{\n\ncat <<EOF > kubeadm-config.yaml\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnosuch: 1\nEOF\n\n}\n```\n';
  assert.deepEqual(found('guide.md', page), ['9 kubeadm/unknown-field']);
});

test('variants of a guide for single servers are not the servers of one cluster', () => {
  const fence = (extra: string) =>
    `\`\`\`shell\ncat <<EOF | tee /etc/rancher/k3s/config.yaml\ntls-san: [a.example]\n${extra}EOF\n\`\`\`\n`;
  const page = (extra: string) => `# k3s\n\n## A\n\n${fence('')}\n## B\n\n${fence(extra)}`;
  assert.deepEqual(found('guide.md', page('')), []);
  assert.ok(found('guide.md', page('cluster-init: true\n')).includes('7 cluster/separate-server'));
});

test('lines to be added and excerpts are not blamed for what stands elsewhere in the file', () => {
  const lines = 'frontend api\n  mode tcp\n  bind :6443\n  default_backend servers\n';
  const into = (sign: string) => `# k3s\ncat ${sign} /etc/haproxy/haproxy.cfg <<'EOF'\n${lines}EOF\n`;
  assert.deepEqual(found('setup.sh', into('>>')), []);
  assert.deepEqual(found('guide.md', `# k3s\n\n\`\`\`\n${lines}\`\`\`\n`), []);
  assert.ok(found('setup.sh', into('>')).includes('6 haproxy/unknown-reference'));
  // The words before a fence say which file the lines belong to, not that they are all of it.
  assert.deepEqual(found('guide.md', `# k3s\n\nIn \`/etc/haproxy/haproxy.cfg\`:\n\n\`\`\`\n${lines}\`\`\`\n`), []);
});

test('every prefix of a runbook is read without an exception', () => {
  const text = `cat <<EOF | tee /a.yaml\nx\nEOF\n\`\`\`sh\nk3s server \\\n --tls-san= a\n\`\`\`\n`;
  for (let end = 0; end <= text.length; end++)
    for (const path of ['a.sh', 'a.md', 'user-data']) parseRunbook(path, text.slice(0, end));
});

test('a fence without a language is a script when it begins with a command', () => {
  const page = (body: string) => `# k3s\n\n\`\`\`\n${body}\`\`\`\n`;
  assert.deepEqual(found('guide.md', page('rm -rf /var/lib/rancher/k3s/server/db\n')), ['4 runbook/removes-snapshots']);
  assert.deepEqual(found('guide.md', page(`$ sudo tee /etc/nginx/nginx.conf <<'EOF'\n${stream('5s')}EOF\n`)), [
    '7 nginx/short-proxy-timeout',
  ]);
});

test('what is typed into an editor below its command is that file', () => {
  const page = (command: string) =>
    `# k3s\n\n\`\`\`bash\n${command}\ntls-san: [a.example.com]\nwrite-kubeconfig-mode: "0644"\n\`\`\`\n`;
  assert.deepEqual(found('guide.md', page('sudo vi /etc/rancher/k3s/config.yaml')), ['6 k3s/readable-kubeconfig']);
  assert.deepEqual(found('guide.md', page('[root@cp1 ~]# vim /etc/rancher/k3s/config.yaml')), [
    '6 k3s/readable-kubeconfig',
  ]);
  // Commands behind a file that is only shown are no part of it, and end what was typed.
  const shown =
    '# k3s\n\n```bash\ncat /etc/haproxy/haproxy.cfg\n# check it\nhaproxy -c -f /etc/haproxy/haproxy.cfg\n```\n';
  assert.deepEqual(found('guide.md', shown), []);
  const then = `${page('vi /etc/rancher/k3s/config.yaml').slice(0, -4)}\nexport A=1\nrm -rf /var/lib/rancher/k3s/server/db\n\`\`\`\n`;
  assert.deepEqual(found('guide.md', then).sort(), ['6 k3s/readable-kubeconfig', '9 runbook/removes-snapshots']);
  // RKE2 has a file of the same name and other keys, and other programs have a token as well.
  assert.deepEqual(found('guide.md', page('sudo vi /etc/rancher/rke2/config.yaml')), []);
  assert.deepEqual(found('guide.md', '# k3s\n\n```yaml\ntoken: abc\nimage: x\nworkers: 3\n```\n'), []);
});

test('a fence in a list, a heredoc with tabs, other writers, and a quoted text of several lines', () => {
  const config = 'tls-san: [a.example.com]\nwrite-kubeconfig-mode: "0644"\n';
  const indented = config.replace(/^(?=.)/gm, '   ');
  assert.deepEqual(
    found('guide.md', `# k3s\n\n1. write \`/etc/rancher/k3s/config.yaml\`:\n   \`\`\`yaml\n${indented}   \`\`\`\n`),
    ['6 k3s/readable-kubeconfig'],
  );
  const inList = `   cat >/etc/rancher/k3s/config.yaml <<EOF\n${indented}   EOF\n   rm -rf /var/lib/rancher/k3s/server/db\n`;
  assert.deepEqual(found('guide.md', `# k3s\n\n- so:\n   \`\`\`bash\n${inList}   \`\`\`\n`).sort(), [
    '7 k3s/readable-kubeconfig',
    '9 runbook/removes-snapshots',
  ]);
  const tabs = config.replace(/^(?=.)/gm, '\t');
  assert.deepEqual(found('a.sh', `# k3s\n\tcat >/etc/rancher/k3s/config.yaml <<-EOF\n${tabs}\tEOF\n`), [
    '4 k3s/readable-kubeconfig',
  ]);
  assert.deepEqual(
    found('a.sh', `# k3s\ninstall -m 600 /dev/stdin /etc/rancher/k3s/config.yaml <<'EOF'\n${config}EOF\n`),
    ['4 k3s/readable-kubeconfig'],
  );
  assert.deepEqual(found('a.sh', `# k3s\necho '\n${config}' | sudo tee /etc/rancher/k3s/config.yaml\n`), [
    '4 k3s/readable-kubeconfig',
  ]);
  assert.deepEqual(
    found('a.sh', `# k3s\ncat <<'EOF' | sudo tee /etc/rancher/k3s/config.yaml > /dev/null\n${config}EOF\n`),
    ['4 k3s/readable-kubeconfig'],
  );
});

test('cloud-init: encoded content, blocks and lists of words in runcmd', () => {
  const encoded = Buffer.from('tls-san: [a.example.com]\nwrite-kubeconfig-mode: "0644"\n').toString('base64');
  const cloud = (encoding: string) => `#cloud-config
write_files:
  - path: /etc/rancher/k3s/config.yaml
    encoding: ${encoding}
    content: ${encoded}
    permissions: "0600"
  - content: |
      cluster-init: true
    path: /etc/other
runcmd:
  - |
    systemctl stop k3s
    rm -rf /var/lib/rancher/k3s/server/db
  - [rm, -rf, /var/lib/rancher/k3s]
`;
  const commands = ['13 runbook/removes-snapshots', '14 runbook/removes-data-dir'];
  assert.deepEqual(found('user-data', cloud('b64')).sort(), [...commands, '5 k3s/readable-kubeconfig']);
  assert.deepEqual(found('user-data', cloud('gz+b64')).sort(), commands);
});

test('places to be filled in say nothing, however they are marked, nor does what they break', () => {
  const config = (line: string) =>
    `# k3s\ncat >/tmp/kubeadm.yaml <<EOF\napiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nlocalAPIEndpoint:\n${line}\nEOF\n`;
  assert.deepEqual(found('a.sh', config('  advertiseAddress: 10.0.0.x')).length, 1);
  for (const open of ['__MASTER_IP__', '%%IP%%', '@MASTER_IP@', '<MASTER IP>', '${IP}', '$IP'])
    assert.deepEqual(found('a.sh', config(`  advertiseAddress: ${open}`)), [], open);
  assert.deepEqual(found('a.sh', config('__ENDPOINT_LINES__\n  bindPort: 6443')), []);
  const keepalived =
    '# keepalived.conf\n\n```\nvrrp_instance A {\n  state ${STATE}\n  interface eth0\n  virtual_router_id 5\n  priority ${PRIORITY}\n  virtual_ipaddress {\n    ${VIP}\n  }\n}\n```\n';
  assert.deepEqual(
    found('guide.md', keepalived).filter((each) => !each.startsWith('9 ')),
    [],
  );
});

test('the administrator file may be opened for one copy when it is closed again', () => {
  const open = 'sudo chmod 777 /etc/rancher/k3s/k3s.yaml\n';
  assert.equal(found('a.sh', open).length, 1);
  assert.deepEqual(
    found('a.sh', `${open}scp cp1:/etc/rancher/k3s/k3s.yaml .\nsudo chmod 600 /etc/rancher/k3s/k3s.yaml\n`),
    [],
  );
});

test('an install with a role is that of another node, and a copy in an earlier fence of the same step counts', () => {
  const install = (end: string) =>
    `curl -sfL https://get.k3s.io | sh -s - server --disable traefik\ncurl -sfL https://get.k3s.io | INSTALL_K3S_VERSION=v1.34.1+k3s1 sh ${end}\n`;
  assert.deepEqual(found('a.sh', install('-')), ['2 runbook/upgrade-loses-flags']);
  assert.deepEqual(found('a.sh', install('-s - server')), []);
  const steps = (between: string) =>
    `# k3s\n\n\`\`\`bash\ncp -r /var/lib/rancher/k3s/server/db/snapshots /backup\n\`\`\`\n${between}\n\`\`\`bash\nrm -rf /var/lib/rancher/k3s/server/db\n\`\`\`\n`;
  assert.deepEqual(found('guide.md', steps('then')), []);
  assert.deepEqual(found('guide.md', steps('## Another server')), ['8 runbook/removes-snapshots']);
});

test('a template is nobody’s configuration yet', () => {
  const workspace = new Workspace();
  workspace.open(
    'haproxy.cfg',
    'backend api\n{% for host in hosts %}\n  server {{ host }} {{ host }}:6443 check\n{% endfor %}\n',
  );
  workspace.open('k3s/config.yaml', 'tls-san:\n{{- range .Names }}\n  - {{ . }}\n{{- end }}\n');
  assert.deepEqual(workspace.diagnose('haproxy.cfg'), []);
  assert.deepEqual(workspace.diagnose('k3s/config.yaml'), []);
  assert.deepEqual(workspace.facts(), []);
});

test('the order of commands counts within one step, and a node that came back is drained again', () => {
  const script = (lines: string) => `# k3s\n${lines}\n`;
  assert.deepEqual(found('a.sh', script('kubectl delete node w1\nkubectl drain w1 --ignore-daemonsets')), [
    '3 runbook/drain-after-delete',
  ]);
  const right = [
    'kubectl drain w1 --ignore-daemonsets\nkubectl delete node w1',
    'kubectl delete node w2\nkubectl drain w1 --ignore-daemonsets',
    'kubectl delete node w1\nssh w1 systemctl restart k3s-agent\nkubectl drain w1 --ignore-daemonsets',
    'for node in a b; do kubectl drain $node $FLAGS; done',
    'kubectl drain --help',
    'kubeadm reset -f\nrm -rf /etc/kubernetes /var/lib/kubelet',
    'kubeadm upgrade apply v1.33.1\nkubeadm upgrade apply v1.34.1',
    'kubeadm upgrade apply v1.34.1 -y\nkubeadm upgrade node',
    'kubeadm init --config kubeadm.yaml\nkubeadm join 10.0.0.1:6443 --control-plane',
    'kubeadm init phase certs all\nkubeadm join 10.0.0.1:6443 --control-plane',
    'kubeadm init\nkubeadm join 10.0.0.1:6443 --token $TOKEN',
    'ETCDCTL_API=3 etcdctl snapshot save /backup/a.db --command-timeout=60s',
    'ETCDCTL_API=2 etcdctl backup --data-dir /var/lib/etcd',
    'echo "controlPlaneEndpoint: lb:6443" >> a.yaml\nkubeadm init\nkubeadm join 10.0.0.1:6443 --control-plane',
    'k3s server --cluster-reset\nsystemctl stop k3s\nsystemctl start k3s',
    'k3s server --cluster-reset --cluster-reset-restore-path=/a.db --etcd-s3=false',
    'export K3S_TOKEN=$TOKEN\ncurl -sfL https://get.k3s.io | K3S_URL=https://lb:6443 sh -',
    'ssh cp1 kubeadm upgrade apply v1.34.1\nssh cp2 apt-get install -y kubeadm',
    'ansible workers -b -m shell -a "systemctl restart k3s"',
  ];
  for (const lines of right) assert.deepEqual(found('a.sh', script(lines)), [], lines);
});

test('steps for two releases are two upgrades, and who types a command sees that it hangs', () => {
  const steps = (...commands: readonly string[]) =>
    `# k3s\n${commands.map((each) => `\n## Step\n\n\`\`\`sh\n${each}\n\`\`\`\n`).join('')}`;
  const [first, second] = ['kubeadm upgrade apply v1.31.1', 'kubeadm upgrade apply v1.34.1'];
  assert.deepEqual(found('a.md', steps(`${first}\n${second}`)), ['7 runbook/skips-minor']);
  assert.deepEqual(found('a.md', steps(first, second)), []);
  const save = 'etcdctl snapshot save /backup/a.db';
  assert.deepEqual(found('a.sh', `# k3s\n${save}\n`), ['2 runbook/snapshot-without-limit']);
  assert.deepEqual(found('a.md', steps(save)), []);
});

const asked = (path: string, text: string) => {
  const offset = text.lastIndexOf('|');
  const whole = text.slice(0, offset) + text.slice(offset + 1);
  const workspace = new Workspace();
  workspace.open(path, whole);
  const file = workspace.file(path);
  const hover = file?.language.hover?.(file.analysis, offset, { siblings: [], wallClock: 0 });
  return {
    labels: (file?.language.complete?.(file.analysis, offset, []) ?? []).map((each) => each.label),
    hover: hover?.markdown ?? '',
    hovered: hover === undefined ? '' : whole.slice(hover.span.start, hover.span.end),
  };
};

test('a configuration in a runbook has the completion and hover of its language, at its place of the runbook', () => {
  const guide = (line: string) =>
    `# k3s\n\n- On the first server, \`/etc/rancher/k3s/config.yaml\`:\n\n  \`\`\`yaml\n  cluster-init: true\n  ${line}\n  \`\`\`\n`;
  const key = asked('guide.md', guide('write-kube|config-mode: "0600"'));
  assert.equal(key.hovered, 'write-kubeconfig-mode');
  assert.match(key.hover, /octal/);
  assert.ok(asked('guide.md', guide('tls-|')).labels.includes('tls-san'));
  const script = (line: string) => `# k3s\ncat > /etc/haproxy/haproxy.cfg <<'EOF'\ndefaults\n    ${line}\nEOF\n`;
  assert.equal(asked('setup.sh', script('timeout cli|ent 5s')).hovered, 'client');
  assert.ok(asked('setup.sh', script('timeout |')).labels.some((label) => label.includes('client')));
  assert.deepEqual(asked('setup.sh', '# k3s\nec|ho\n').labels, []);
});

test('flags of k3s and the variables for them are explained, and offered behind two dashes', () => {
  const install = (words: string) => `curl -sfL https://get.k3s.io | ${words}\n`;
  assert.match(asked('a.sh', install('sh -s - server --tls-|san api.example.com')).hover, /\*\*tls-san\*\*/);
  assert.match(asked('a.sh', install('K3S_TO|KEN=x sh -s - agent')).hover, /\*\*token\*\*/);
  assert.ok(asked('a.sh', install('sh -s - server --cluster-|')).labels.includes('--cluster-init'));
  assert.deepEqual(asked('a.sh', '# k3s\nkubectl get --|\n').labels, []);
});

test('a plain command of cloud-init goes on in the lines below it', () => {
  const agent = (variable: string) =>
    `#cloud-config\nruncmd:\n  - curl -sfL https://get.k3s.io | K3S_URL=https://10.0.0.1:6443 \\\n    ${variable} sh -\n  - reboot\n`;
  assert.deepEqual(found('user-data', agent('K3S_TOKEN=$TOKEN')), []);
  assert.deepEqual(found('user-data', agent('K3S_NODE_NAME=$NAME')), ['3 runbook/agent-without-token']);
});

test('the data of etcd may go with everything else of Kubernetes on the machine', () => {
  const wipe = (lines: string) => `# kubeadm\n${lines}rm -rf /var/lib/etcd/\n`;
  assert.deepEqual(found('a.sh', wipe('')), ['2 runbook/removes-etcd-data']);
  assert.deepEqual(found('a.sh', wipe('apt remove kubelet kubeadm kubectl\n')), []);
  assert.deepEqual(found('a.sh', wipe('sudo rm -rf /etc/kubernetes/\n')), []);
  assert.deepEqual(found('a.sh', wipe('rm -f /etc/kubernetes/manifests/etcd.yaml\n')), ['3 runbook/removes-etcd-data']);
});

test('all keys of an etcd that nothing says is of Kubernetes are worth a warning, and those of Kubernetes an error', () => {
  const severityOf = (text: string) => {
    const workspace = new Workspace();
    workspace.open('a.sh', text);
    return workspace.diagnose('a.sh').flatMap(({ rule, severity }) => (/deletes-all/.test(rule) ? severity : []));
  };
  assert.deepEqual(severityOf('etcdctl del "" --prefix\n'), ['warning']);
  assert.deepEqual(severityOf('# kubeadm\netcdctl del "" --prefix\n'), ['error']);
  assert.deepEqual(severityOf('etcdctl del /registry --prefix\n'), ['error']);
});

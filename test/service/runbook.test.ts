import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../src/service';
import { outerSpan, parseRunbook } from '../../src/syntax/runbook/parse-runbook';

const found = (path: string, text: string) => {
  const workspace = new Workspace();
  workspace.open(path, text);
  const file = workspace.file(path);
  assert.equal(file?.kind, 'runbook');
  return workspace
    .diagnose(path)
    .map((each) => `${(file?.lines.positionAt(each.span.start).line ?? -1) + 1} ${each.rule}`);
};

const stream = (timeout: string) => `stream {
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

test('lines to be added and excerpts are not blamed for what stands elsewhere in the file', () => {
  const lines = 'frontend api\n  mode tcp\n  bind :6443\n  default_backend servers\n';
  const into = (sign: string) => `# k3s\ncat ${sign} /etc/haproxy/haproxy.cfg <<'EOF'\n${lines}EOF\n`;
  assert.deepEqual(found('setup.sh', into('>>')), []);
  assert.deepEqual(found('guide.md', `# k3s\n\n\`\`\`\n${lines}\`\`\`\n`), []);
  assert.ok(found('setup.sh', into('>')).includes('6 haproxy/unknown-reference'));
});

test('every prefix of a runbook is read without an exception', () => {
  const text = `cat <<EOF | tee /a.yaml\nx\nEOF\n\`\`\`sh\nk3s server \\\n --tls-san= a\n\`\`\`\n`;
  for (let end = 0; end <= text.length; end++)
    for (const path of ['a.sh', 'a.md', 'user-data']) parseRunbook(path, text.slice(0, end));
});

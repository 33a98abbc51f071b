import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { podImagesStep } from '../../../src/ops/commands/pod-images';
import { SandboxHost } from '../../support/sandbox-host';

const pause = 'registry.k8s.io/pause:3.9';
const [etcd, api] = ['registry.k8s.io/etcd:3.6.4-0', 'registry.k8s.io/kube-apiserver:v1.34.1'];
/** As containerd 1.6 prints its settings (seen on a machine of the lab), and containerd 2 with another quote and name. */
const dumps = [
  `  [plugins."io.containerd.grpc.v1.cri"]\n    restrict_oom_score_adj = false\n    sandbox_image = "${pause}"\n`,
  `  [plugins.'io.containerd.cri.v1.images']\n    [plugins.'io.containerd.cri.v1.images'.pinned_images]\n      sandbox = '${pause}'\n`,
];

/** Runtime clients that answer from files: `images`, `info` and `dump`; a client whose file is not there does not know. */
const programs = {
  crictl: `case $1 in
info) cat "$ROOT/info" 2>/dev/null;;
inspecti) [ -e "$ROOT/cri" ] || { echo "unknown flag" >&2; exit 2; }
  grep -qxF -- "$3" "$ROOT/images" && exit 0; echo "FATA[0000] no such image \\"$3\\" present" >&2; exit 1;;
pull) [ -e "$ROOT/registry" ] || { echo 'no such host' >&2; exit 1; }; echo "$2" >>"$ROOT/images";;
esac`,
  ctr: '[ -e "$ROOT/images" ] && cat "$ROOT/images"',
  containerd: 'cat "$ROOT/dump"',
};

function node(images: readonly string[] | undefined, more: Readonly<Record<string, string>>): SandboxHost {
  const host = new SandboxHost('cp1', programs);
  host.put('/etc/kubernetes/manifests/etcd.yaml', `spec:\n  containers:\n  - name: etcd\n    image: ${etcd}\n`);
  host.put('/etc/kubernetes/manifests/api.yaml', `spec:\n  containers:\n  - image: "${api}"\n    name: api\n`);
  host.put('/var/lib/kubelet/config.yaml', 'containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n');
  if (images !== undefined) host.put('/images', images.map((each) => `${each}\n`).join(''));
  for (const [path, text] of Object.entries(more)) host.put(path, text);
  return host;
}

/** What the step finds, and how it ends where it has something to fetch. */
async function asked(host: SandboxHost) {
  const { run, done } = podImagesStep('cp1');
  const command = ({ argv, timeoutSec }: typeof run) => ({ argv: argv.map(String), root: true, timeoutSec });
  const question = command(done.command);
  try {
    const before = await host.exec(question);
    const ran = await host.exec(command(run));
    return { before, ran, after: await host.exec(question) };
  } finally {
    host.close();
  }
}

describe('the images from which a control plane starts again, in a real shell', () => {
  const info = { '/info': `{\n  "config": {\n    "sandboxImage": "${pause}",\n    "x": 1\n  }\n}\n`, '/cri': '' };
  const ways: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['crictl', info],
    ['containerd 1 and ctr', { '/dump': dumps[0] ?? '' }],
    ['containerd 2 and ctr', { '/dump': dumps[1] ?? '' }],
  ];
  for (const [name, files] of ways) {
    test(`by ${name}: all there is yes; each one that is gone is named, and fetched where a registry answers`, async () => {
      const all = [etcd, api, pause];
      assert.equal((await asked(node(all, files))).before.stdout, 'yes\n');
      for (const gone of all) {
        const rest = all.filter((each) => each !== gone);
        const alone = await asked(node(rest, files));
        assert.equal(alone.before.stdout, '');
        assert.equal(alone.before.stderr, `not on this node: ${gone}\n`);
        assert.equal(alone.ran.code, 1);
        assert.match(alone.ran.stderr, /no such host\nthe image \S+ is not on this node, and cannot be fetched\n$/);
        assert.equal(alone.after.stdout, '');
        const fetched = await asked(node(rest, { ...files, '/registry': '' }));
        assert.deepEqual([fetched.ran.code, fetched.after.stdout], [0, 'yes\n'], fetched.ran.stderr);
      }
    });
  }

  test('what cannot be told is no alarm: clients that do not know, a runtime that starts pods without a sandbox', async () => {
    assert.equal((await asked(node(undefined, {}))).before.stdout, 'yes\n');
    const crio = {
      ...info,
      '/var/lib/kubelet/config.yaml': 'containerRuntimeEndpoint: unix:///var/run/crio/crio.sock\n',
    };
    assert.equal((await asked(node([etcd, api], crio))).before.stdout, 'yes\n');
    // A digest, and a short name, are kept under other names than they are asked for.
    const named = {
      '/dump': '',
      '/etc/kubernetes/manifests/api.yaml': `  - image: api@sha256:${'0'.repeat(64)}\n    image: api\n`,
    };
    assert.equal((await asked(node([etcd], named))).before.stdout, 'yes\n');
  });
});

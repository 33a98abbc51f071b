import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeAsked } from '../../src/rules/cluster/check-port';
import { pinged } from '../../src/rules/keepalived/together/weights';
import { givesFlags } from '../../src/rules/runbook/commands';
import { removesKubernetes } from '../../src/rules/runbook/data-loss';
import fc from '../support/fast-check';

/** Commands of a few of these words: what reads them in one pass has to find what a plain expression finds. */
const commandOf = (words: readonly string[]) =>
  fc
    .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(' ', ' ', ' ', '', '  ')), { maxLength: 9 })
    .map((parts) => parts.map(([word, blank]) => word + blank).join(''));

test('the first place that a command asks', () => {
  const plain =
    /https?:\/\/(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})\b|(?<!\S)nc(?:at)?\s+(?:-\S+\s+(?:\d+\s+)?)*(?!\d+\s)([\w.:][\w.:-]*)\s+(\d{1,5})\b|\/dev\/tcp\/([\w.:-]+)\/(\d{1,5})\b/;
  const words = [
    'nc',
    'ncat',
    '-z',
    '-w 3',
    '127.0.0.1',
    '6443',
    'https://localhost:80',
    '</dev/tcp/::1/81',
    'host',
    '|',
  ];
  fc.assert(
    fc.property(commandOf(words), (command) => {
      const found = plain.exec(command);
      const asked = placeAsked(command);
      assert.deepEqual(
        asked === undefined ? undefined : { host: asked.host, port: asked.port },
        found === null
          ? undefined
          : {
              host: (found[1] ?? found[3] ?? found[5] ?? '').replace(/^\[|\]$/g, ''),
              port: Number(found[2] ?? found[4] ?? found[6]),
            },
        command,
      );
    }),
  );
});

test('the address of a ping', () => {
  const plain = /\bping6?\b[^|;&]*?\s((?:\d+\.){3}\d+)\b/;
  const words = ['ping', 'ping6', '-c 1', '10.0.0.1', '10.0.0.2', '1.2', '|', '; ', '&&', 'x'];
  fc.assert(
    fc.property(commandOf(words), (command) => {
      assert.equal(pinged(command), plain.exec(command)?.[1], command);
    }),
  );
});

test('flags for the installer', () => {
  const plain = /(sh\s+-s\s+-[\s\S]*--|INSTALL_K3S_EXEC=)/;
  const words = ['sh', '-s', '-', '--', '--server', 'sh -s -', 'INSTALL_K3S_EXEC=', 'x', '\n'];
  fc.assert(
    fc.property(commandOf(words), (command) => {
      assert.equal(givesFlags(command), plain.test(command), command);
    }),
  );
});

test('packages of Kubernetes that are removed', () => {
  const plain = /\b(?:remove|purge|autoremove|erase)\b.*\bkube(?:let|adm)\b/;
  const words = ['apt', 'remove', 'purge', 'autoremove', 'kubelet', 'kubeadm', 'kubectl', '-y', '=1.2'];
  fc.assert(
    fc.property(commandOf(words), (command) => {
      assert.equal(removesKubernetes(command), plain.test(command), command);
    }),
  );
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { certificateSerial, certificatesCommand, parseCertificates } from '../../../src/ops/commands/certificates';

const recorded = `
=== file /var/lib/rancher/k3s/server/tls/client-admin.crt
subject=CN=system:admin,O=system:masters
serial=4B9C2F
notAfter=Nov 20 23:28:28 2027 GMT

=== file /var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt
subject=CN=kube-apiserver
serial=0A
notAfter=Nov 20 23:28:28 2027 GMT
X509v3 Subject Alternative Name: 
    DNS:kubernetes, DNS:kubernetes.default, IP Address:10.77.0.11, IP Address:FD00:0:0:0:0:0:0:9

=== served 10.77.0.100:8443

=== served 127.0.0.1:6443
subject=O=k3s,CN=k3s
serial=0B
notAfter=Jan  5 01:02:03 2027 GMT
X509v3 Subject Alternative Name: 
    DNS:cp1, DNS:localhost, IP Address:127.0.0.1, IP Address:10.77.0.11

=== end
`;

test('files, served certificates, and a port that shows none', () => {
  const found = parseCertificates(recorded);
  assert.deepEqual(
    found.files.map((each) => [each.path.split('/').at(-1), each.subject, each.names.length]),
    [
      ['client-admin.crt', 'CN=system:admin,O=system:masters', 0],
      ['serving-kube-apiserver.crt', 'CN=kube-apiserver', 4],
    ],
  );
  assert.deepEqual(found.silent, ['10.77.0.100:8443']);
  assert.deepEqual(found.served, [
    {
      endpoint: '127.0.0.1:6443',
      subject: 'O=k3s,CN=k3s',
      serial: '0B',
      notAfterMs: Date.UTC(2027, 0, 5, 1, 2, 3),
      names: ['cp1', 'localhost', '127.0.0.1', '10.77.0.11'],
    },
  ]);
  assert.equal(found.unreadable, false);
  assert.equal(parseCertificates('=== no-openssl\n').unreadable, true);
  for (let i = 0; i < recorded.length; i += 7) parseCertificates(recorded.slice(0, i));
});

describe('with the openssl of this machine', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-certificates-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('what it prints of a certificate is what the parser reads', () => {
    const path = join(folder, 'one.crt');
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30']
        .concat(['-subj', '/O=haven/CN=api', '-addext', 'subjectAltName=DNS:api.lab,IP:10.0.0.9,IP:fd00::9'])
        .concat(['-keyout', join(folder, 'one.key'), '-out', path]),
      { stdio: 'ignore' },
    );
    // The script as it is, but for the folders it looks into.
    const [program, flag, script, name, ...rest] = certificatesCommand(['127.0.0.1:9']).argv.map(String);
    const moved = (script ?? '').replace('$D/server/tls/*.crt', `${folder}/*.crt`);
    const output = execFileSync(program ?? '', [flag ?? '', moved, name ?? '', ...rest], { encoding: 'utf8' });
    const found = parseCertificates(output);
    const own = found.files.find((each) => each.path === path);
    assert.equal(own?.subject, 'CN=api,O=haven');
    assert.deepEqual(own?.names, ['api.lab', '10.0.0.9', 'FD00:0:0:0:0:0:0:9']);
    assert.ok(Math.abs((own?.notAfterMs ?? 0) - Date.now() - 30 * 86_400_000) < 3_600_000);
    assert.deepEqual(found.silent, ['127.0.0.1:9']);

    const serial = (file: string) => {
      const [shell = '', ...args] = certificateSerial(file).argv.map(String);
      return execFileSync(shell, args, { encoding: 'utf8' }).trim();
    };
    assert.equal(serial(path), `serial=${own?.serial}`);
    assert.equal(serial(join(folder, 'missing.crt')), 'none');
  });
});

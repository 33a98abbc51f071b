import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { settingsFor } from '../../src/run/ssh/config';
import { judgeKey, knownKeyTypes, parseKnownHosts } from '../../src/run/ssh/known-hosts';

function keyOf(type: string, content: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(content)]);
}

const ed = keyOf('ssh-ed25519', 'one');
const other = keyOf('ssh-ed25519', 'two');
const rsa = keyOf('ssh-rsa', 'three');
const line = (patterns: string, key: Buffer, type = 'ssh-ed25519') => `${patterns} ${type} ${key.toString('base64')}\n`;
const verdict = (text: string, host: string, key: Buffer, port = 22) =>
  judgeKey(parseKnownHosts(text, 'k'), { address: host, port }, key).kind;

test('plain names, lists, wildcards, negation and ports', () => {
  assert.equal(verdict(line('cp1,10.0.0.1', ed), 'CP1', ed), 'known');
  assert.equal(verdict(line('cp1', ed), 'cp2', ed), 'unknown');
  assert.equal(verdict(line('*.lab,!bad.lab', ed), 'a.lab', ed), 'known');
  assert.equal(verdict(line('*.lab,!bad.lab', ed), 'bad.lab', ed), 'unknown');
  assert.equal(verdict(line('10.0.0.?', ed), '10.0.0.7', ed), 'known');
  assert.equal(verdict(line('[cp1]:2222', ed), 'cp1', ed, 2222), 'known');
  assert.equal(verdict(line('[cp1]:2222', ed), 'cp1', ed), 'unknown');
  assert.equal(verdict(line('cp1', ed), 'cp1', ed, 2222), 'unknown');
});

test('an alias is looked up as it stands, whatever the port', () => {
  const at = (text: string) =>
    judgeKey(parseKnownHosts(text, 'k'), { address: '10.0.0.1', port: 2222, hostKeyName: 'CP1-alias' }, ed).kind;
  assert.equal(at(line('cp1-alias', ed)), 'known');
  assert.equal(at(line('[cp1-alias]:2222', ed)), 'unknown');
  assert.equal(at(line('10.0.0.1', other)), 'unknown');
});

test('hashed names', () => {
  const salt = Buffer.from('0123456789abcdefghij');
  const hash = createHmac('sha1', salt).update('[cp1]:2222').digest('base64');
  const text = line(`|1|${salt.toString('base64')}|${hash}`, ed);
  assert.equal(verdict(text, 'cp1', ed, 2222), 'known');
  assert.equal(verdict(text, 'cp1', ed), 'unknown');
});

test('changed, revoked and authority', () => {
  assert.equal(verdict(line('cp1', ed), 'cp1', other), 'changed');
  assert.equal(verdict(line('cp1', ed), 'cp1', rsa), 'changed');
  assert.equal(verdict(line('cp1', ed) + line('cp1', other), 'cp1', other), 'known');
  assert.equal(verdict(line('cp1', ed) + line('@revoked cp1', ed), 'cp1', ed), 'revoked');
  assert.equal(verdict(line('@cert-authority *.lab', ed), 'cp1.lab', ed), 'authority-only');
  assert.equal(verdict(line('@cert-authority *.lab', ed), 'cp1.lab', other), 'authority-only');
});

test('damaged lines are passed over', () => {
  assert.deepEqual(
    parseKnownHosts('# no\n\ncp1\ncp1 ssh-ed25519\ncp1 ssh-rsa AAAA\n@unknown cp1 ssh-ed25519 AAAA\n', 'k'),
    [],
  );
  assert.deepEqual(
    knownKeyTypes(parseKnownHosts(line('cp1', rsa, 'ssh-rsa') + line('cp2', ed), 'k'), { address: 'cp1', port: 22 }),
    ['ssh-rsa'],
  );
});

test('the first value counts, identity files add up, negated hosts are out', () => {
  const text = `
User early
Host !bad *.lab other
  User ops
  Port 2222
  IdentityFile /keys/a
  ProxyJump bastion
Host *
  User late
  Port 22
  IdentityFile "/keys/with space"
  StrictHostKeyChecking ask
`;
  const settings = settingsFor('cp1.lab', text);
  assert.equal(settings.user, 'early');
  assert.equal(settings.port, 2222);
  assert.deepEqual(settings.identityFiles, ['/keys/a', '/keys/with space']);
  assert.equal(settings.proxyJump, 'bastion');
  assert.equal(settingsFor('bad', text).port, 22);
  assert.equal(settingsFor('bad', text).proxyJump, undefined);
});

test('a host of several names takes the first value that fits any of them', () => {
  const text = `
Host cp2
  User kim
Host *
  User everybody
  Port 2200
Host 10.0.0.2
  Port 2222
  IdentityFile /keys/%h
Host cp* !10.0.0.2
  ProxyJump bastion
`;
  const settings = settingsFor(['10.0.0.2', 'cp2'], text);
  assert.equal(settings.user, 'kim');
  assert.equal(settings.port, 2200);
  assert.deepEqual(settings.identityFiles, ['/keys/10.0.0.2']);
  assert.equal(settings.proxyJump, undefined);
});

test('includes and Match, but never a program', () => {
  const text =
    'Include extra\nMatch exec "touch /tmp/owned"\n  User exec\nMatch host cp*\n  HostName %h.lab\nHost *\n  ProxyCommand nc %h %p\n';
  const asked: string[] = [];
  const settings = settingsFor('cp1', text, (pattern) => {
    asked.push(pattern);
    return ['Host cp1\n  User included\nHost cp2\n  Port 1\n'];
  });
  assert.equal(settings.user, 'included');
  assert.equal(settings.port, undefined);
  assert.equal(settings.hostName, 'cp1.lab');
  assert.equal(settings.proxyCommand, 'nc %h %p');
  assert.equal(asked[0], 'extra');
});

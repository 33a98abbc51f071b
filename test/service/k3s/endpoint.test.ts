import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageOf } from '../../../src/service/registry';

const k3s = languageOf('k3s');

function ask(marked: string) {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const analysis = k3s?.analyse({ path: 'config.yaml', text, versions: {} });
  return {
    labels: (k3s?.complete?.(analysis, offset, []) ?? []).map(({ label }) => label),
    hover: k3s?.hover?.(analysis, offset, { siblings: [], wallClock: 0 })?.markdown ?? '',
  };
}

test('what a datastore is, without its password', () => {
  const shown = (address: string) =>
    ask(`datastore-endpoint: "${address.replace('//', '//|')}"\n`).hover.split('\n\n')[1];
  assert.equal(shown('postgres://u:secret@db:5432/k3s?sslmode=disable'), 'PostgreSQL: `db:5432`, `k3s`');
  assert.equal(shown('mysql://u:se@cret@tcp(192.0.2.1:3306)/k3s'), 'MySQL, MariaDB: `192.0.2.1:3306`, `k3s`');
  assert.equal(shown('https://192.0.2.1:2379,https://192.0.2.2:2379'), 'etcd: `192.0.2.1:2379`, `192.0.2.2:2379`');
  assert.equal(shown('sqlite:///var/k3s.db'), 'SQLite: `/var/k3s.db`');
  assert.equal(shown('nats://192.0.2.1:4222'), 'NATS: `192.0.2.1:4222`');
});

test('parameters of a datastore and their words are offered', () => {
  assert.ok(ask('datastore-endpoint: postgres://u:p@db/k3s?|\n').labels.includes('sslmode'));
  assert.deepEqual(ask('datastore-endpoint: "mysql://u:p@tcp(db)/k3s?timeout=5s&tls=|"\n').labels, [
    'true',
    'skip-verify',
    'preferred',
    'false',
  ]);
  assert.ok(ask('datastore-endpoint: nats://h:4222?bucket=a&re|\n').labels.includes('replicas'));
  assert.deepEqual(ask('datastore-endpoint: https://h:2379|\n').labels, []);
});

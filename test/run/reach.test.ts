import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { reach } from '../../src/run/reach';

test('a port that is open is told from one that is not, and nothing listens to the signal afterwards', async () => {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { signal } = new AbortController();
  for (let knock = 0; knock < 20; knock++) assert.equal(await reach('127.0.0.1', port, 5000, signal), true);
  server.close();
  await once(server, 'close');
  for (let knock = 0; knock < 20; knock++) assert.equal(await reach('127.0.0.1', port, 5000, signal), false);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('a knock that is called off is no answer', async () => {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const over = new AbortController();
  const asked = reach('127.0.0.1', port, 60_000, over.signal);
  over.abort();
  assert.equal(await asked, false);
  assert.equal(await reach('127.0.0.1', port, 60_000, over.signal), false);
  server.close();
});

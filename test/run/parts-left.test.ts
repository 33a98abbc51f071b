import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { say } from '../../src/base/message';
import { bringSnapshot } from '../../src/run/bring-snapshot';
import { downloadOutput } from '../../src/run/files';
import { type Transport, TransportError } from '../../src/run/transport';

/** What holds every secret of a cluster and is not gone on with must not stay on this machine. */
describe('what comes of a file before its connection breaks', () => {
  let folder: string;
  let wasThere: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-parts-'));
    wasThere = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Says that a file has ten bytes, sends five, and breaks. */
  const breaking: Transport = {
    host: 'cp1',
    exec: async ({ argv }) => {
      const isSize = argv.includes('/snapshot') && !argv.some((word) => word.includes('sha256sum'));
      return { code: 0, stdout: isSize ? '10\n' : `600\n10\n${'0'.repeat(64)}  -\n`, stderr: '' };
    },
    stream: async (_request, onChunk) => {
      await onChunk(Buffer.from('12345'));
      wasThere = readdirSync(folder);
      throw new TransportError(
        'cp1',
        'lost',
        say('the connection is lost; Haven connects again with the next command'),
      );
    },
    close: () => {},
  };

  test('a copy of a snapshot for a test or a restore leaves nothing', async () => {
    const node = { name: 'cp1', address: '10.0.0.11', roles: ['server' as const], ssh: {} };
    const cluster = { name: 'test', distribution: 'k3s' as const, nodes: [node] };
    const to = { folder, stamp: 'stamp', here: 'here' };
    const { signal } = new AbortController();
    const bringing = bringSnapshot(
      { connect: async () => breaking as never },
      cluster as never,
      { host: 'cp1', path: '/snapshot' },
      to,
      () => {},
      signal,
    );
    await assert.rejects(bringing, /the connection is lost/);
    assert.deepEqual(wasThere, ['stamp-snapshot.part']);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('a broken stream of what a command prints leaves nothing: it is taken from the start each time', async () => {
    const request = { argv: ['kubectl', 'get'], root: true, timeoutSec: 20 };
    await assert.rejects(
      downloadOutput(breaking, request, join(folder, 'secrets.json'), () => {}),
      /connection is lost/,
    );
    assert.deepEqual(wasThere, ['secrets.json.part']);
    assert.deepEqual(readdirSync(folder), []);
  });
});

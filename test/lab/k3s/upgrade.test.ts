import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packK3s } from '../support/k3s';
import { Lab } from '../support/lab';
import { Operator } from '../support/operator';
import { localFile } from '../support/plans';
import { labMissing } from '../support/suite';
import { type Programs, refuseWrongReleases, upgradeInBadWeather } from '../support/upgrades';

const { HAVEN_K3S: now = '', HAVEN_K3S_NEXT: next } = process.env;
const noNext = next !== undefined && existsSync(next) ? false : 'HAVEN_K3S_NEXT names no k3s of a later patch release';

describe('an upgrade of a real k3s', { skip: labMissing('k3s') }, () => {
  let lab: Lab;
  let operator: Operator;
  let work: string;
  before(async () => {
    lab = Lab.running();
    operator = new Operator(lab);
    work = mkdtempSync(join(tmpdir(), 'haven-lab-'));
    await lab.healthy(240);
  });
  after(() => {
    operator?.close();
    if (work !== undefined) rmSync(work, { recursive: true });
  });

  /** A binary, packed as a release is. */
  async function programs(binary: string): Promise<Programs> {
    const packed = join(work, 'k3s');
    const release = packK3s(binary, packed);
    return { release, files: new Map([['/usr/local/bin/k3s', await localFile(packed)]]) };
  }

  test('a release that skips a minor one is refused, and a program that is another release than it should be replaces nothing', async () => {
    await refuseWrongReleases(lab, operator, await programs(now));
  });

  test('every node gets the next patch release, one after another; the editor dies twice and a server loses its power', {
    skip: noNext,
  }, async () => {
    await upgradeInBadWeather(lab, operator, await programs(next ?? ''), {
      act: 'replace-k3s',
      cut: { act: 'restart', afterMs: 2000 },
    });
  });
});

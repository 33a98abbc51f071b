import type { Machine, Unit } from './world';

export function newUnit(name: string, nowMs: number): Unit {
  return {
    name,
    active: 'active',
    sub: 'running',
    result: 'success',
    exitStatus: 0,
    restarts: 0,
    enabled: true,
    masked: false,
    mainPid: 100 + name.length * 7,
    sinceMs: nowMs,
  };
}

export function setActive(unit: Unit, nowMs: number): void {
  Object.assign(unit, { active: 'active', sub: 'running', result: 'success', exitStatus: 0, sinceMs: nowMs });
  if (unit.mainPid === 0) unit.mainPid = 1000 + (Math.floor(nowMs / 1000) % 9000);
}

export function setInactive(unit: Unit, nowMs: number): void {
  Object.assign(unit, { active: 'inactive', sub: 'dead', mainPid: 0, restarts: 0, sinceMs: nowMs });
}

/** Whether nothing in the unit's own files holds it back: it is not masked, and every path that must not be there is not. */
export function mayStart({ files }: Machine, unit: Unit): boolean {
  if (unit.masked) return false;
  const folder = `/etc/systemd/system/${unit.name}.service.d`;
  const texts = files.isFolder(folder) ? files.list(folder).map((name) => files.text(`${folder}/${name}`)) : [];
  return texts.every((text) =>
    [...text.matchAll(/^(?:Assert|Condition)PathExists=(!?)(.+)$/gm)].every(
      ([, not, path = '']) => files.has(path) === (not === ''),
    ),
  );
}

/** Whether systemd starts the unit again when it ends by itself: a drop-in can forbid it, also one in memory. */
export function restartsItself({ files }: Machine, unit: Unit): boolean {
  const folders = ['/etc', '/run'].map((each) => `${each}/systemd/system/${unit.name}.service.d`);
  const texts = folders.flatMap((folder) =>
    files.isFolder(folder) ? files.list(folder).map((name) => files.text(`${folder}/${name}`)) : [],
  );
  return !texts.some((text) => /^Restart=no$/m.test(text));
}

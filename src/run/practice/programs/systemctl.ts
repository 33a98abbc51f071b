import { complain } from '../program';
import { mayStart, newUnit, setActive, setInactive } from '../units';
import type { Call, Program, Unit } from '../world';
import { readOptions } from './options';

const unitFolder = '/etc/systemd/system';
const shortName = (unit: string) => unit.replace(/\.service$/, '');

/** systemd prints the properties in an order of its own; this is the one recorded from systemd 252. */
function properties(
  name: string,
  unit: Unit | undefined,
  commandLine: string,
  fragment: string,
): readonly (readonly [string, string])[] {
  const state = (sub: string, active: string) => [
    ['ActiveState', active],
    ['SubState', sub],
  ];
  const isLoaded = unit !== undefined;
  return [
    ['Type', name.startsWith('k3s') || name === 'haproxy' ? 'notify' : 'simple'],
    ['Restart', 'always'],
    ['MainPID', String(unit?.mainPid ?? 0)],
    ['Result', unit?.result ?? 'success'],
    ['NRestarts', String(unit?.restarts ?? 0)],
    ['ExecMainCode', unit !== undefined && unit.mainPid === 0 ? '1' : '0'],
    ['ExecMainStatus', String(unit?.exitStatus ?? 0)],
    ['Id', `${name}.service`],
    ['NeedDaemonReload', 'no'],
    ['LoadState', unit?.masked === true ? 'masked' : isLoaded ? 'loaded' : 'not-found'],
    ...(state(unit?.sub ?? 'dead', unit?.active ?? 'inactive') as [string, string][]),
    ['ExecStart', isLoaded ? `{ path=${commandLine.split(' ')[0]} ; argv[]=${commandLine} ; ignore_errors=no }` : ''],
    ['FragmentPath', isLoaded ? fragment : ''],
    ['UnitFileState', unit === undefined ? '' : unit.masked ? 'masked-runtime' : unit.enabled ? 'enabled' : 'disabled'],
    ['StateChangeTimestampMonotonic', String((unit?.sinceMs ?? 0) * 1000)],
  ];
}

/** Where a unit is written down: by the administrator, or by the package. */
function unitFile({ machine }: Pick<Call, 'machine'>, name: string): string {
  const path = `/etc/systemd/system/${name}.service`;
  return machine.files.has(`/lib/systemd/system/${name}.service`) && !machine.files.has(path)
    ? `/lib/systemd/system/${name}.service`
    : path;
}

function commandLineOf({ machine }: Call, name: string): string {
  const text = machine.files.textOr(unitFile({ machine }, name), '');
  return /^ExecStart=(.*)$/m.exec(text)?.[1] ?? '';
}

function show(call: Call, names: readonly string[], wanted: string | undefined, valueOnly: boolean): number {
  const chosen = wanted?.split(',');
  const blocks = names.map((name) =>
    properties(
      shortName(name),
      call.machine.units.get(shortName(name)),
      commandLineOf(call, shortName(name)),
      unitFile(call, shortName(name)),
    )
      .filter(([key]) => chosen === undefined || chosen.includes(key))
      .map(([key, value]) => (valueOnly ? `${value}\n` : `${key}=${value}\n`))
      .join(''),
  );
  call.out(blocks.join('\n'));
  return 0;
}

/** `systemctl`, for the units of the machine; those that mean something to the cluster tell it. */
export const systemctl: Program = async (call) => {
  const options = readOptions(call.args, ['p', 'property', 't', 'type', 's', 'n', 'kill-who', 'signal', 'job-mode']);
  const [verb = '', ...names] = options.rest;
  const { machine } = call;
  const { cluster } = machine;
  if (verb === 'show') return show(call, names, options.value('p', 'property'), options.has('value'));
  if (verb === 'daemon-reload') {
    for (const file of machine.files.list('/etc/systemd/system')) {
      const name = shortName(file);
      const isUnit =
        /\.(?:service|timer)$/.test(file) && machine.files.getLink(`${unitFolder}/${file}`)?.kind === 'file';
      if (isUnit && !machine.units.has(name))
        machine.units.set(name, {
          ...newUnit(name, cluster.now()),
          active: 'inactive',
          sub: 'dead',
          enabled: false,
          mainPid: 0,
        });
    }
    for (const name of [...machine.units.keys()])
      if (name.endsWith('.timer') && !machine.files.has(`${unitFolder}/${name}`)) machine.units.delete(name);
    return 0;
  }
  if (verb === 'reset-failed') return 0;
  if (verb === 'cat') {
    for (const name of names) {
      const path = unitFile(call, shortName(name));
      if (!machine.files.has(path)) {
        call.err(`No files found for ${shortName(name)}.service.\n`);
        return 1;
      }
      call.out(`# ${path}\n${machine.files.text(path)}`);
      for (const drop of dropIns(call, shortName(name))) call.out(`\n# ${drop}\n${machine.files.text(drop)}`);
    }
    return 0;
  }
  let code = 0;
  for (const name of names.map(shortName)) {
    const unit = machine.units.get(name);
    if (verb === 'is-active' || verb === 'is-failed') {
      if (!options.has('q', 'quiet')) call.out(`${unit?.active ?? 'inactive'}\n`);
      if ((verb === 'is-active') !== (unit?.active === 'active')) code = verb === 'is-active' ? 3 : 1;
    } else if (verb === 'is-enabled') {
      const state =
        unit === undefined ? 'not-found' : unit.masked ? 'masked-runtime' : unit.enabled ? 'enabled' : 'disabled';
      call.out(`${state}\n`);
      if (state !== 'enabled') code = 1;
    } else if (verb === 'mask' || verb === 'unmask') {
      const folder = options.has('runtime') ? '/run/systemd/system' : '/etc/systemd/system';
      const link = `${folder}/${name}.service`;
      if (verb === 'mask' && !options.has('runtime') && machine.files.getLink(link)?.kind === 'file') {
        call.err(`Failed to mask unit: File ${link} already exists.\n`);
        code = 1;
        continue;
      }
      machine.files.makeFolders(folder);
      if (verb === 'mask') {
        if (machine.files.getLink(link) === undefined) machine.files.link('/dev/null', link);
        if (unit !== undefined) unit.masked = true;
        call.err(`Created symlink ${link} → /dev/null.\n`);
      } else if (machine.files.getLink(link)?.kind === 'link') {
        machine.files.remove(link);
        if (unit !== undefined) unit.masked = false;
        call.err(`Removed "${link}".\n`);
      }
    } else if (unit === undefined) {
      code = complainAbout(call, verb, name);
    } else if (verb === 'enable' || verb === 'disable') {
      unit.enabled = verb === 'enable';
      if (options.has('now')) code = verb === 'enable' ? await start(call, unit, false) : stop(call, unit);
    } else if (verb === 'stop') code = stop(call, unit);
    else if (verb === 'kill') code = cluster.kill(machine, unit);
    else if (verb === 'start') code = await start(call, unit, options.has('no-block'));
    else if (verb === 'restart' || verb === 'try-restart' || verb === 'reload-or-restart') {
      stop(call, unit);
      code = await start(call, unit, options.has('no-block'));
    } else if (verb === 'reload') {
      if (unit.active !== 'active') code = complain(call, `${name}.service is not active, cannot reload.`);
      else code = cluster.reload(machine, unit);
    } else {
      call.err(`Unknown command verb ${verb}.\n`);
      return 1;
    }
  }
  return code;
};

function dropIns(call: Call, name: string): string[] {
  const folder = `/etc/systemd/system/${name}.service.d`;
  if (!call.machine.files.isFolder(folder)) return [];
  return call.machine.files.list(folder).map((each) => `${folder}/${each}`);
}

function complainAbout(call: Call, verb: string, name: string): number {
  call.err(`Failed to ${verb} ${name}.service: Unit ${name}.service not ${verb === 'stop' ? 'loaded' : 'found'}.\n`);
  return 5;
}

function stop(call: Call, unit: Unit): number {
  const { machine } = call;
  const service = machine.cluster.service(unit.name);
  if (unit.active !== 'inactive') {
    service?.stop(machine, unit);
    setInactive(unit, machine.cluster.now());
  }
  return 0;
}

/** As a unit of Type=notify: the command waits until the program is ready, for ever where it never is. */
async function start(call: Call, unit: Unit, isQuick: boolean): Promise<number> {
  const { machine } = call;
  const { cluster } = machine;
  if (unit.masked) {
    call.err(`Failed to start ${unit.name}.service: Unit ${unit.name}.service is masked.\n`);
    return 1;
  }
  if (unit.active === 'active') return 0;
  if (!mayStart(machine, unit)) {
    call.err(`Assertion failed on job for ${unit.name}.service.\n`);
    return isQuick ? 0 : 1;
  }
  const own = machine.files.textOr(`${unitFolder}/${unit.name}.service`, '');
  if (/^Type=oneshot$/m.test(own)) return oneShot(call, unit, /^ExecStart=(.*)$/m.exec(own)?.[1] ?? 'true');
  const service = cluster.service(unit.name);
  if (service === undefined) setActive(unit, cluster.now());
  else if (unit.active !== 'activating') {
    try {
      service.start(machine, unit);
    } catch (error) {
      // It could not write to its disk: what has not begun is not on its way either.
      setInactive(unit, cluster.now());
      throw error;
    }
  }
  if (isQuick || service?.isSimple === true) return 0;
  const began = unit.restarts;
  const { boots } = machine;
  const state = (): Unit['active'] => unit.active;
  while (state() === 'activating' && unit.restarts === began && machine.boots === boots && !cluster.isOverdue()) {
    await cluster.sleep(1000);
    await cluster.settle();
  }
  if (state() === 'active') return 0;
  call.err(
    `Job for ${unit.name}.service failed because the control process exited with error code.\n` +
      `See "systemctl status ${unit.name}.service" and "journalctl -xeu ${unit.name}.service" for details.\n`,
  );
  return 1;
}

/** A unit that does its work and ends: the command waits for it, and says when it failed. */
async function oneShot(call: Call, unit: Unit, line: string): Promise<number> {
  const { code, stderr } = await call.machine.exec(line);
  call.machine.cluster.write(call.machine, unit.name, stderr);
  if (code === 0) return 0;
  call.err(
    `Job for ${unit.name}.service failed because the control process exited with error code.\n` +
      `See "systemctl status ${unit.name}.service" and "journalctl -xeu ${unit.name}.service" for details.\n`,
  );
  return 1;
}

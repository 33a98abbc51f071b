import * as vscode from 'vscode';
import type { DriftState } from '../../ops/drift';
import { clocksOff } from '../../ops/status/clocks';
import {
  type ClusterState,
  type Health,
  isMember,
  isMemberOf,
  type NodeState,
  statusOf,
} from '../../ops/status/cluster-state';
import { alarmKinds, nodeFaults } from '../../ops/status/node-faults';
import type { EtcdMember } from '../../ops/status/node-status';
import { groupOf } from '../../ops/status/snapshot-group';
import { toText } from '../convert';
import { sizeText } from '../size-text';
import type { ClusterStore, ClusterView } from './cluster-store';

/** The cluster and, on the row of one, the node. */
export interface Subject {
  /** `ClusterView.key`. */
  readonly cluster: string;
  readonly node?: string | undefined;
  /** On the row of a snapshot: its path on that node. */
  readonly snapshot?: string | undefined;
  /** On the row of a file: its name in the inventory. */
  readonly file?: string | undefined;
}

/** One row, made whole: the tree hands it to VS Code without looking anything up. */
export interface Row {
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon: string;
  /** A theme colour for the icon; the text says the same, so that colour is never alone. */
  readonly color?: string;
  readonly context?: string;
  /** What a command that is called on the row is about. */
  readonly subject?: Subject;
  readonly open?: boolean;
  readonly children?: readonly Row[];
}

const warningColor = 'list.warningForeground';

/** Reports of nodes come close together; the tree is drawn once for those of this time, in milliseconds. */
const togetherMs = 100;
/** VS Code passes over what it is told of a row that is still on its way to the window. After this time it has come there. */
const onItsWayMs = 2000;

/**
 * What VS Code holds of a row: the same object for as long as the row is there, whatever the row says. A command that is
 * called on a row gets it.
 */
export interface Place {
  readonly id: string;
  readonly subject?: Subject | undefined;
}

/**
 * Draws only rows anew that are others than before: while VS Code draws a row, it has forgotten those below it, and the
 * command of a menu that was opened on one of them would be called on none. So what changes all the time stands in rows
 * that have none below them, and a group is there from the beginning, whether anything is in it or not.
 */
export class ClusterTree implements vscode.TreeDataProvider<Place>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Place[] | undefined>();
  private readonly listening: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;
  private turn = 0;
  /** The rows that VS Code was given last. */
  private shown: readonly Row[] = [];
  private readonly rows = new Map<string, Row>();
  private readonly places = new Map<string, Place>();
  /** When VS Code was given each row, in milliseconds since 1970. */
  private readonly givenMs = new Map<string, number>();
  private readonly toldAgain = new Set<NodeJS.Timeout>();
  readonly onDidChangeTreeData = this.changed.event;

  /** @param guard lets work go on that nobody waits for */
  constructor(
    private readonly store: ClusterStore,
    guard: (work: () => Promise<unknown>) => void,
  ) {
    this.listening = store.onDidChange(() => {
      this.timer ??= setTimeout(() => guard(() => this.draw()), togetherMs);
    });
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const each of this.toldAgain) clearTimeout(each);
    this.listening.dispose();
    this.changed.dispose();
  }

  async getChildren(place?: Place): Promise<Place[]> {
    if (place !== undefined) return this.placesOf(this.rows.get(place.id)?.children ?? []);
    const rows = await this.newest();
    if (rows !== undefined) this.take(rows);
    return this.placesOf(this.shown);
  }

  /** When a cluster was seen last changes all the time, and is looked up when somebody wants to know. */
  async resolveTreeItem(item: vscode.TreeItem, { id }: Place): Promise<vscode.TreeItem> {
    const row = this.rows.get(id);
    const view =
      row?.context === 'cluster' ? (await this.store.clusters()).find((each) => each.key === row.id) : undefined;
    if (row !== undefined && view !== undefined) {
      const at = view.seenMs === undefined ? undefined : new Date(view.seenMs).toLocaleString(vscode.env.language);
      const seen = at === undefined ? [] : [vscode.l10n.t('Last seen {0}', at)];
      item.tooltip = [wordsOf(row), ...seen].join('\n');
    }
    return item;
  }

  private async draw(): Promise<void> {
    this.timer = undefined;
    const rows = await this.newest();
    if (rows === undefined) return;
    const others = changedRows(this.shown, rows);
    this.take(rows);
    if (others === 'all') this.changed.fire(undefined);
    else if (others.length > 0) {
      const onTheirWay = others.filter(({ id }) => Date.now() - (this.givenMs.get(id) ?? 0) < onItsWayMs);
      this.changed.fire(this.placesOf(others));
      if (onTheirWay.length > 0) this.tellAgain(onTheirWay.map(({ id }) => id));
    }
  }

  private tellAgain(ids: readonly string[]): void {
    const timer = setTimeout(() => {
      this.toldAgain.delete(timer);
      const rows = ids.flatMap((id) => this.rows.get(id) ?? []);
      if (rows.length > 0) this.changed.fire(this.placesOf(rows));
    }, onItsWayMs);
    this.toldAgain.add(timer);
  }

  /** The rows as they are now; undefined where somebody has asked for them again meanwhile. */
  private async newest(): Promise<readonly Row[] | undefined> {
    const own = ++this.turn;
    const rows = (await this.store.clusters()).map(clusterRow);
    return own === this.turn ? rows : undefined;
  }

  private take(rows: readonly Row[]): void {
    this.shown = rows;
    this.rows.clear();
    const walk = (row: Row): void => {
      this.rows.set(row.id, row);
      row.children?.forEach(walk);
    };
    rows.forEach(walk);
    for (const known of [this.places, this.givenMs])
      for (const id of known.keys()) if (!this.rows.has(id)) known.delete(id);
  }

  private placesOf(rows: readonly Row[]): Place[] {
    return rows.map(({ id, subject }) => {
      const place = this.places.get(id) ?? { id, subject };
      this.places.set(id, place);
      return place;
    });
  }

  getTreeItem({ id }: Place): vscode.TreeItem {
    const row = this.rows.get(id);
    // It has gone since VS Code was given it, and so will its place.
    if (row === undefined) return new vscode.TreeItem('');
    this.givenMs.set(id, Date.now());
    const { None, Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(row.label, row.children === undefined ? None : row.open ? Expanded : Collapsed);
    item.id = row.id;
    item.iconPath = new vscode.ThemeIcon(
      row.icon,
      row.color === undefined ? undefined : new vscode.ThemeColor(row.color),
    );
    if (row.description !== undefined) item.description = row.description;
    // A narrow view cuts the words of a row off; what is resolved later must not be there yet.
    if (row.context !== 'cluster')
      item.tooltip = row.tooltip === undefined ? wordsOf(row) : `${wordsOf(row)}\n${row.tooltip}`;
    if (row.context !== undefined) item.contextValue = row.context;
    item.accessibilityInformation = { label: wordsOf(row, ', ') };
    return item;
  }
}

/**
 * The uppermost rows of `after` that are not as they were or do not hold the same rows, each standing for all below it;
 * 'all' where the tree has other rows on top.
 */
function changedRows(before: readonly Row[], after: readonly Row[]): 'all' | readonly Row[] {
  if (idsOf(before) !== idsOf(after)) return 'all';
  return after.flatMap((row, i) => {
    const { children: held, ...was } = before[i] ?? row;
    const { children, ...is } = row;
    if (JSON.stringify(was) !== JSON.stringify(is)) return [row];
    const below = held === undefined || children === undefined ? undefined : changedRows(held, children);
    if (below === undefined) return held === children ? [] : [row];
    return below === 'all' ? [row] : below;
  });
}

const idsOf = (rows: readonly Row[]): string => JSON.stringify(rows.map((each) => each.id));

function wordsOf({ label, description }: Row, between = ' · '): string {
  return description === undefined ? label : `${label}${between}${description}`;
}

/** Whether these are machines of a practice cluster: real ones are not on this machine's own network. */
export function isSimulated({ state }: ClusterView): boolean {
  return state.nodes.length > 0 && state.nodes.every(({ node }) => node.address.startsWith('127.77.'));
}

/** What the quorum of a cluster is in a few words. */
export function quorumText({ state }: ClusterView): string {
  const { quorum } = state;
  if (quorum === undefined || quorum.verdict === 'unknown') return unseenText(state);
  if (quorum.verdict === 'lost')
    return vscode.l10n.t('quorum lost: {0} of {1} voters', quorum.healthyVoters, quorum.voters);
  return vscode.l10n.t('{0} of {1} voters, can lose {2}', quorum.healthyVoters, quorum.voters, quorum.failuresLeft);
}

/** Why nothing is known of etcd: nobody has looked yet, nobody answers, or there is none, as beside an external datastore. */
function unseenText({ nodes }: ClusterState): string {
  const carriers = nodes.filter(({ node }) => isMember(node));
  if (carriers.some(({ report }) => report.kind === 'unknown')) return vscode.l10n.t('etcd not seen yet');
  if (carriers.every(({ report }) => report.kind === 'silent')) return vscode.l10n.t('no server answers');
  return vscode.l10n.t('no etcd on the servers that answer');
}

export function vipText({ state }: ClusterView): string {
  const vip = state.vips[0];
  if (vip === undefined) return '';
  if (vip.holders.length === 0) {
    if (state.nodes.some((each) => each.report.kind === 'unknown')) return vscode.l10n.t('holder not seen yet');
    if (state.nodes.some((each) => each.report.kind === 'silent')) return vscode.l10n.t('on no node that answers');
    return vscode.l10n.t('held by no node');
  }
  if (vip.holders.length > 1) return vscode.l10n.t('held by several nodes: {0}', vip.holders.join(', '));
  return vscode.l10n.t('on {0}', vip.holders[0] ?? '');
}

function clusterRow(view: ClusterView): Row {
  const { state, key } = view;
  const withRole = (role: string) => state.nodes.filter((each) => each.node.roles.includes(role as never));
  const nodes = (role: string) => withRole(role).map((each) => nodeRow(view, each, role));
  const group = (name: string, label: string, icon: string, rows: readonly Row[]): Row[] =>
    rows.length === 0 ? [] : [{ id: `${key}/${name}`, label, icon, children: rows, open: true }];
  const carriers = state.nodes.filter(({ node }) => isMember(node));
  const isAsked = carriers.every((each) => each.report.kind !== 'unknown');
  /** A group that is closed at first says what is the matter inside. It is there before anything in it was seen. */
  const closed = (name: string, label: string, icon: string, rows: readonly Row[], inside = ''): Row => {
    const odd = rows.filter((each) => each.color !== undefined).length;
    const row = { id: `${key}/${name}`, label, icon };
    if (rows.length === 0)
      return { ...row, description: isAsked ? vscode.l10n.t('none seen') : vscode.l10n.t('not seen yet') };
    if (odd > 0)
      return {
        ...row,
        children: rows,
        description: vscode.l10n.t('to look at: {0}', odd),
        icon: 'warning',
        color: warningColor,
      };
    return { ...row, children: rows, ...(inside === '' ? {} : { description: inside }) };
  };
  const simulated = isSimulated(view) ? [vscode.l10n.t('simulated')] : [];
  return {
    id: key,
    label: state.cluster.name,
    // In a narrow view the end is cut off, and nobody may take machines that are played for real ones.
    description: [...simulated, state.cluster.distribution].join(' · '),
    icon: isSimulated(view) ? 'beaker' : 'server-environment',
    context: 'cluster',
    subject: { cluster: key },
    open: true,
    children: [
      ...(state.nodes.length === 0
        ? [
            {
              id: `${key}/empty`,
              label: vscode.l10n.t('No node yet: name one under "nodes" in haven.yaml'),
              icon: 'info',
            },
          ]
        : []),
      ...(carriers.length > 0 ? [quorumRow(view)] : []),
      ...group('vip', vscode.l10n.t('Virtual address'), 'globe', vipRows(view)),
      ...group('loadbalancer', vscode.l10n.t('Load balancers'), 'arrow-swap', nodes('loadbalancer')),
      ...group('server', vscode.l10n.t('Servers'), 'server', nodes('server')),
      ...group('agent', vscode.l10n.t('Agents'), 'vm', nodes('agent')),
      ...group('etcd-host', vscode.l10n.t('etcd hosts'), 'database', nodes('etcd')),
      ...(carriers.length > 0
        ? [
            closed('etcd', vscode.l10n.t('etcd members'), 'database', memberRows(view)),
            closed('snapshots', vscode.l10n.t('Snapshots'), 'archive', snapshotRows(view), newestText(view)),
            closed('certificates', vscode.l10n.t('Certificates'), 'verified', certificateRows(view)),
          ]
        : []),
      ...(state.cluster.configs.length > 0
        ? [closed('configs', vscode.l10n.t('Configurations'), 'files', configRows(view))]
        : []),
    ],
  };
}

function quorumRow(view: ClusterView): Row {
  const { key, state } = view;
  const { quorum } = state;
  const row = { id: `${key}/quorum`, label: vscode.l10n.t('Quorum'), description: quorumText(view) };
  if (quorum === undefined || quorum.verdict === 'unknown') return { ...row, icon: 'circle-outline' };
  if (quorum.verdict === 'lost')
    return {
      ...row,
      description: vscode.l10n.t('lost: {0} of {1} voters', quorum.healthyVoters, quorum.voters),
      icon: 'error',
      color: 'list.errorForeground',
    };
  return quorum.healthyVoters === quorum.voters
    ? { ...row, icon: 'pass', color: 'testing.iconPassed' }
    : { ...row, icon: 'warning', color: warningColor };
}

function vipRows(view: ClusterView): Row[] {
  const { key, state } = view;
  return state.vips.map((vip) => ({
    id: `${key}/vip/${vip.address}`,
    label: vip.address,
    description: vipText({ ...view, state: { ...state, vips: [vip] } }),
    icon: vip.holders.length === 1 ? 'pass' : 'question',
  }));
}

const healthIcons: Readonly<Record<Health, { readonly icon: string; readonly color?: string }>> = {
  up: { icon: 'pass', color: 'testing.iconPassed' },
  degraded: { icon: 'warning', color: warningColor },
  down: { icon: 'error', color: 'list.errorForeground' },
  unknown: { icon: 'circle-outline' },
};

/** One word for the state of a node. */
function healthText(health: Health): string {
  if (health === 'up') return vscode.l10n.t('up');
  if (health === 'degraded') return vscode.l10n.t('degraded');
  if (health === 'down') return vscode.l10n.t('down');
  return vscode.l10n.t('not asked yet');
}

/** The same, with the reason where nothing is known. */
export function stateText({ report, health }: NodeState, { refreshing }: ClusterView): string {
  if (report.kind === 'unknown' && refreshing) return vscode.l10n.t('being asked');
  if (report.kind === 'silent' && report.refusal === 'host-key') return vscode.l10n.t('host key not trusted');
  if (report.kind === 'silent' && report.refusal === 'login') return vscode.l10n.t('login refused');
  if (report.kind === 'silent') return vscode.l10n.t('does not answer');
  if (report.kind === 'answered' && health === 'unknown') return vscode.l10n.t('its service was not found there');
  return healthText(health);
}

/** Why a node that answered is not up, or not as the others are, a few words for each reason. */
export function faultTexts(each: NodeState, { state }: ClusterView): string[] {
  const sec = clocksOff(state).get(each.node.name);
  const clock = sec === undefined ? [] : [vscode.l10n.t('its clock is {0} s off', sec)];
  return [...nodeFaults(each, state.cluster).map(toText), ...clock];
}

function nodeRow(view: ClusterView, each: NodeState, role: string): Row {
  const { key, state } = view;
  const status = statusOf(each);
  const holds = state.vips.some((vip) => vip.holders.includes(each.node.name));
  // A narrow view cuts the end off, and an address changes least.
  const words = [
    stateText(each, view),
    ...faultTexts(each, view),
    ...(holds ? [vscode.l10n.t('holds the virtual address')] : []),
    ...(status?.etcd?.leader === true ? [vscode.l10n.t('etcd leader')] : []),
    each.node.address,
  ];
  const units = (status?.units ?? []).map((unit): Row => {
    const restarts = unit.restarts > 0 ? ` · ${vscode.l10n.t('restarted {0} times', unit.restarts)}` : '';
    const active = unit.active === 'active';
    return {
      id: `${key}/${role}/${each.node.name}/${unit.name}`,
      label: unit.name,
      description: `${unit.active} (${unit.sub})${restarts}`,
      icon: active ? 'pass' : unit.active === 'inactive' ? 'circle-slash' : 'error',
    };
  });
  return {
    id: `${key}/${role}/${each.node.name}`,
    label: each.node.name,
    description: words.join(' · '),
    ...(each.report.kind === 'silent' ? { tooltip: each.report.reason } : {}),
    ...healthIcons[each.health],
    context: ['node', ...each.node.roles].join(' '),
    subject: { cluster: key, node: each.node.name },
    ...(units.length > 0 ? { children: units } : {}),
  };
}

function memberRows({ key, state }: ClusterView): Row[] {
  const told = state.nodes.flatMap((each) => statusOf(each)?.etcd ?? []);
  /** By its number; by its name where the node is silent, or its etcd did not tell which member it is. */
  const nodeOf = ({ id, name }: EtcdMember) =>
    state.nodes.find((each) => id !== '' && statusOf(each)?.etcd?.memberId === id) ??
    state.nodes.find((each) => isMemberOf(name, each.node.name) && (statusOf(each)?.etcd?.memberId ?? '') === '');
  const members = (state.quorum?.members ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return members.map((member) => {
    const node = nodeOf(member);
    const own = node && statusOf(node)?.etcd;
    const isSilent = node?.report.kind === 'silent';
    const alarms = alarmKinds(told.flatMap((each) => each.alarms.filter(({ memberId }) => memberId === member.id)));
    const words = [
      member.learner ? vscode.l10n.t('learner, does not vote') : vscode.l10n.t('voter'),
      ...(own?.leader === true ? [vscode.l10n.t('leader')] : []),
      ...(own?.databaseBytes === undefined ? [] : [sizeText(own.databaseBytes)]),
      ...(isSilent ? [vscode.l10n.t('does not answer')] : []),
      ...(own?.healthy === false ? [vscode.l10n.t('not healthy')] : []),
      ...alarms.map((alarm) => vscode.l10n.t('alarm {0}', alarm)),
    ];
    const bad = alarms.length > 0 || isSilent || own?.healthy === false;
    return {
      id: `${key}/etcd/${member.id}/${member.name}`,
      label: member.name === '' ? member.id : member.name,
      description: words.join(' · '),
      icon: bad ? 'warning' : 'database',
      ...(bad && { color: warningColor }),
    };
  });
}

/** The newest first, wherever they lie: what somebody looks for who has to restore. */
function newestFirst({ nodes }: ClusterState) {
  const all = nodes.flatMap((each) => (statusOf(each)?.snapshots ?? []).map((file) => ({ each, file })));
  return all.toSorted((a, b) => b.file.modifiedSec - a.file.modifiedSec);
}

function snapshotRows({ key, state }: ClusterView): Row[] {
  return newestFirst(state).map(({ each, file }) => ({
    id: `${key}/snapshots/${each.node.name}/${file.path}`,
    // The whole name leaves no room for anything else in a view of usual width.
    label: groupOf(file.path.slice(file.path.lastIndexOf('/') + 1), statusOf(each)?.hostName ?? each.node.name),
    description: [
      // A snapshot of k3s is of no use without the token of its time.
      ...(file.token === 'other' ? [vscode.l10n.t('other token')] : []),
      ageText(file.modifiedSec),
      sizeText(file.bytes),
      each.node.name,
    ].join(' · '),
    tooltip: [
      file.path,
      new Date(file.modifiedSec * 1000).toLocaleString(vscode.env.language),
      ...(file.token === 'now' ? [vscode.l10n.t('opens with the token of now')] : []),
      ...(file.token === 'other' ? [vscode.l10n.t('opens with another token than that of now')] : []),
    ].join('\n'),
    icon: 'archive',
    context: 'snapshot',
    subject: { cluster: key, node: each.node.name, snapshot: file.path },
  }));
}

/** Counted in hours at least, as the rows below are drawn anew with it. */
function newestText({ state }: ClusterView): string {
  const newest = newestFirst(state)[0]?.file.modifiedSec;
  if (newest === undefined) return '';
  return minutesSince(newest) < 60
    ? vscode.l10n.t('newest: under 1 h old')
    : vscode.l10n.t('newest: {0} old', ageText(newest));
}

/** How long ago, by this machine's clock. A node's clock may be ahead of it. */
function minutesSince(seconds: number): number {
  return Math.max(0, Math.floor((Date.now() / 1000 - seconds) / 60));
}

/** In one unit: a row of a view of usual width has no room for a date. */
function ageText(seconds: number): string {
  const minutes = minutesSince(seconds);
  if (minutes < 60) return vscode.l10n.t('{0} min', minutes);
  if (minutes < 48 * 60) return vscode.l10n.t('{0} h', Math.floor(minutes / 60));
  return vscode.l10n.t('{0} d', Math.floor(minutes / 1440));
}

function certificateRows({ key, state }: ClusterView): Row[] {
  return state.nodes.flatMap((each) =>
    (statusOf(each)?.certificates ?? []).map((file) => {
      const days = Math.floor((Date.parse(file.notAfter) - Date.now()) / 86_400_000);
      const soon = !(days >= 30);
      return {
        id: `${key}/certificates/${each.node.name}/${file.path}`,
        label: file.path.slice(file.path.lastIndexOf('/') + 1),
        description: `${each.node.name} · ${days < 0 ? vscode.l10n.t('ended') : vscode.l10n.t('{0} days left', days)}`,
        tooltip: `${file.path}\n${file.notAfter}`,
        icon: soon ? 'warning' : 'verified',
        ...(soon ? { color: warningColor } : {}),
      };
    }),
  );
}

/** How a file of the repository stands to that of a node, in icons and words. */
export const driftIcons: Readonly<Record<DriftState, string>> = {
  same: 'pass',
  differs: 'diff',
  missing: 'question',
  'not-seen': 'circle-slash',
};

export function driftText(state: DriftState): string {
  if (state === 'same') return vscode.l10n.t('as it is here');
  if (state === 'differs') return vscode.l10n.t('differs');
  if (state === 'missing') return vscode.l10n.t('is not on the node');
  return vscode.l10n.t('could not be read');
}

function configRows({ key, configs }: ClusterView): Row[] {
  return configs.map(({ target: { host, file, path }, state }) => ({
    id: `${key}/configs/${host}/${path}`,
    label: file,
    description: `${host} · ${driftText(state)}`,
    tooltip: `${host}:${path}`,
    icon: driftIcons[state],
    ...(state === 'differs' || state === 'missing' ? { color: warningColor } : {}),
    context: 'config',
    subject: { cluster: key, node: host, file },
  }));
}

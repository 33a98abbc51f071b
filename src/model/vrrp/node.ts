/**
 * One machine's keepalived as the simulator sees it: what its files mean after defaults, rounding and the removals that
 * keepalived does at start (`vrrp_complete_instance` in keepalived/vrrp/vrrp.c). Times are in microseconds, as in the daemon.
 */
export interface VrrpNode {
  readonly name: string;
  readonly instances: readonly VrrpInstance[];
  readonly groups: readonly SyncGroup[];
  readonly checks: readonly Check[];
  /** `vrrp_startup_delay`: no instance takes over earlier than this after the start. */
  readonly startupDelayUs: number;
}

export interface VrrpInstance {
  readonly name: string;
  readonly vrid: number;
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  readonly interface: string | undefined;
  /** The address adverts come from, where the files or the inventory tell it. */
  readonly sourceAddress: string | undefined;
  /** 1 to 255; 255 is the owner of the addresses. */
  readonly basePriority: number;
  readonly wantsMaster: boolean;
  readonly advertUs: number;
  readonly downAdverts: number;
  readonly nopreempt: boolean;
  readonly preemptDelayUs: number;
  /** What other nodes must send too, as the daemon compares it; undefined without authentication. */
  readonly auth: string | undefined;
  /** In adverts, and compared by the others. Plain addresses without prefix. */
  readonly addresses: readonly string[];
  /** Held with the others but not in adverts. */
  readonly excludedAddresses: readonly string[];
  /** Undefined when adverts are multicast. */
  readonly unicastPeers: readonly string[] | undefined;
  readonly multicastGroup: string | undefined;
  readonly checksUnicastSource: boolean;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  readonly trackers: readonly Tracker[];
  /** The machine's own address is among those that keepalived takes off the interface when it starts: FAULT for ever. */
  readonly losesAddress: boolean;
  /** Index into the node's groups. */
  readonly group: number | undefined;
}

interface SyncGroup {
  readonly name: string;
}

/** An instance's interest in a check. Weight 0: the check decides between FAULT and not, instead of moving the priority. */
export interface Tracker {
  /** Index into the node's checks. */
  readonly check: number;
  readonly weight: number;
  readonly reverse: boolean;
  /** How many first results the instance waits for before it takes part: 1 for a script of weight 0, 2 when its group tracks it too. */
  readonly awaits: number;
}

/** Something a node looks at. */
export type Check = ScriptCheck | ProcessCheck | InterfaceCheck | FileCheck;

export interface ScriptCheck {
  readonly kind: 'script';
  readonly name: string;
  readonly intervalUs: number;
  readonly timeoutUs: number;
  /** Time from one counted failure of a hanging script to the next: the interval, from 2.3.3 on in whole timeouts. */
  readonly hangPeriodUs: number;
  readonly rise: number;
  readonly fall: number;
}

interface ProcessCheck {
  readonly kind: 'process';
  readonly name: string;
  /** `terminate_delay` and `fork_delay`: how long a change must last before it counts. */
  readonly failDelayUs: number;
  readonly okDelayUs: number;
}

interface InterfaceCheck {
  readonly kind: 'interface';
  readonly name: string;
}

interface FileCheck {
  readonly kind: 'file';
  readonly name: string;
  /** The path, as another name for the same file. */
  readonly path: string | undefined;
  readonly initialValue: number;
}

export const ownerPriority = 255;

/** (256 - priority) / 256 of a second in version 2 and of the master's interval in version 3 (RFC 3768, RFC 5798 §6.1), rounded as the daemon does. */
export function skewUs(version: 2 | 3, priority: number, masterAdvertUs: number): number {
  const missing = 256 - priority;
  return version === 3
    ? Math.floor((missing * Math.floor(masterAdvertUs / 10_000) * 625) / 16)
    : Math.floor((missing * 1_000_000) / 256);
}

/** How long a backup waits for adverts before it takes over. */
export function masterDownUs(instance: VrrpInstance, priority: number, masterAdvertUs: number): number {
  return instance.downAdverts * masterAdvertUs + skewUs(instance.version, priority, masterAdvertUs);
}

/** What the cluster panel draws: every text is in the reader's language already, so the webview only lays it out. */
export interface PanelModel {
  readonly title: string;
  readonly summary: string;
  readonly quorumLost: boolean;
  readonly seen: string;
  /** Whether the nodes can be asked now: not while they are being asked, nor without trust in the folder. */
  readonly canRefresh: boolean;
  readonly refreshLabel: string;
  readonly trial: PanelTrial;
  readonly addresses: readonly PanelAddress[];
  /** From the outside in: load balancers, servers, agents. */
  readonly rows: readonly PanelRow[];
}

/** Failures that are tried on the picture; nothing of it reaches a node. */
interface PanelTrial {
  readonly active: boolean;
  readonly label: string;
  readonly hint: string;
  /** What was tried and what came of it, in order. */
  readonly story: readonly string[];
}

export interface PanelAddress {
  readonly address: string;
  readonly text: string;
  /** Names of the cards that carry it. */
  readonly holders: readonly string[];
}

export interface PanelRow {
  readonly title: string;
  readonly cards: readonly PanelCard[];
}

export interface PanelCard {
  readonly name: string;
  readonly address: string;
  readonly health: 'up' | 'degraded' | 'down' | 'unknown';
  readonly healthText: string;
  /** Short words below: roles in etcd, units that are not running. */
  readonly notes: readonly string[];
  /** While failures are tried: whether it is switched off there, and what it looks at. */
  readonly tried?: { readonly off: boolean; readonly checks: readonly PanelCheck[] };
}

export interface PanelCheck {
  readonly name: string;
  readonly failed: boolean;
}

/** What the webview says to the extension. */
export type PanelRequest =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'trial'; readonly active: boolean }
  /** Switches a node off and on, or makes a check of it fail and work. */
  | { readonly kind: 'press'; readonly node: string; readonly check?: string };

/** What the cluster panel draws: every text is in the reader's language already, so the webview only lays it out. */
export interface PanelModel {
  readonly title: string;
  readonly summary: string;
  readonly quorumLost: boolean;
  readonly seen: string;
  readonly refreshing: boolean;
  readonly refreshLabel: string;
  readonly addresses: readonly PanelAddress[];
  /** From the outside in: load balancers, servers, agents. */
  readonly rows: readonly PanelRow[];
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
}

/** What the webview says to the extension. */
export type PanelRequest = { readonly kind: 'ready' } | { readonly kind: 'refresh' };

import type { Chance } from './chance';

export interface CheckOfNode {
  readonly kind: 'script' | 'interface' | 'file' | 'process';
  readonly name: string;
}

interface NodeOfScenario {
  readonly name: string;
  readonly checks: readonly CheckOfNode[];
}

/** Failures and recoveries in sequence; what can happen next depends on what has happened. */
export function madeUpMoments(chance: Chance, nodes: readonly NodeOfScenario[], canCut: boolean): string[] {
  const history = new History(chance, nodes, canCut);
  return Array.from({ length: chance.of([2, 3, 4, 5]) }, () => history.moment()).filter((each) => each !== '');
}

class History {
  private readonly off = new Set<string>();
  private readonly broken = new Set<string>();
  private readonly cut = new Set<string>();
  private touched = new Set<string>();

  constructor(
    private readonly chance: Chance,
    private readonly nodes: readonly NodeOfScenario[],
    private readonly canCut: boolean,
  ) {}

  moment(): string {
    this.touched = new Set();
    return [...this.event(), ...(this.chance.is(0.2) ? this.event() : [])].join('+');
  }

  private event(): string[] {
    // Half of the time something gets well again, if anything is broken.
    if (this.chance.is(0.45)) {
      const recovery = this.recovery();
      if (recovery !== undefined) return [recovery];
    }
    for (let tries = 0; tries < 50; tries++) {
      const failure = this.failure(this.chance.of(this.nodes));
      if (failure !== undefined) return [failure];
    }
    return [];
  }

  private recovery(): string | undefined {
    const open = [
      ...[...this.off].map((node) => ({ nodes: [node], key: node, from: this.off, text: `start:${node}` })),
      ...[...this.broken].map((key) => ({
        nodes: [key.split(':')[0] ?? ''],
        key,
        from: this.broken,
        text: `ok:${key}`,
      })),
      ...[...this.cut].map((pair) => ({ nodes: pair.split('-'), key: pair, from: this.cut, text: `heal:${pair}` })),
    ].filter((each) => !each.nodes.some((node) => this.touched.has(node)));
    if (open.length === 0) return undefined;
    const { nodes, key, from, text } = this.chance.of(open);
    from.delete(key);
    for (const node of nodes) this.touched.add(node);
    return text;
  }

  /** What one node does twice in a moment has an order, and a moment has none: each node is touched once. */
  private failure({ name, checks }: NodeOfScenario): string | undefined {
    if (this.touched.has(name)) return undefined;
    const kind = this.chance.of([
      'power',
      'stop',
      'check',
      'check',
      'check',
      'check',
      ...(this.canCut ? ['link'] : []),
    ]);
    if (kind === 'link') {
      const other = this.chance.of(this.nodes).name;
      const pair = [name, other].sort().join('-');
      if (other === name || this.touched.has(other) || this.cut.has(pair)) return undefined;
      this.cut.add(pair);
      this.touched.add(name).add(other);
      return `cut:${pair}`;
    }
    if (kind === 'check' && checks.length > 0) return this.checkFails(name, this.chance.of(checks));
    if (kind === 'check' || this.off.has(name)) return undefined;
    this.off.add(name);
    this.touched.add(name);
    return `${kind === 'power' ? 'fail' : 'stop'}:${name}`;
  }

  private checkFails(node: string, check: CheckOfNode): string | undefined {
    const key = `${node}:${check.name}`;
    if (check.kind !== 'file' && this.broken.has(key)) return undefined;
    this.touched.add(node);
    if (check.kind === 'file') return `set:${key}=${this.chance.of([0, 1, 3, 60, -5, 254, -254])}`;
    this.broken.add(key);
    return `${check.kind === 'script' && this.chance.is(0.3) ? 'hang' : 'fail'}:${key}`;
  }
}

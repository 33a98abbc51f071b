import type { Check } from './node';
import type { CheckState, GroupState, InstanceState, Site, World } from './world';

/** What stands where among all nodes: instances, groups and checks by their places in the lists of a site and its world. */
export class Places {
  private readonly ownChecks = new Set<number>();

  constructor(
    protected readonly site: Site,
    protected readonly world: World,
  ) {}

  /** The other members of an instance's sync group. */
  protected fellows(index: number): number[] {
    const { node, instance } = this.placed(index);
    if (instance.group === undefined) return [];
    const members = this.site.groupMembers[this.first('firstGroup', node) + instance.group] ?? [];
    return members.filter((each) => each !== index);
  }

  /** The sync group of an instance, as it stands. */
  protected groupOf(index: number): GroupState | undefined {
    const { node, instance } = this.placed(index);
    return instance.group === undefined
      ? undefined
      : this.world.groups[this.first('firstGroup', node) + instance.group];
  }

  protected instancesOf(node: number): number[] {
    const first = this.first('firstInstance', node);
    return (this.site.nodes[node]?.instances ?? []).map((_, i) => first + i);
  }

  protected checksOf(node: number): number[] {
    const first = this.first('firstCheck', node);
    return (this.site.nodes[node]?.checks ?? []).map((_, i) => first + i);
  }

  protected checkKind(index: number): Check {
    const found = this.site.checks[index];
    if (found === undefined) throw new RangeError(`no check ${index}`);
    return found;
  }

  protected first(list: 'firstInstance' | 'firstGroup' | 'firstCheck', node: number): number {
    return this.site[list][node] ?? 0;
  }

  protected placed(index: number) {
    const found = this.site.instances[index];
    if (found === undefined) throw new RangeError(`no instance ${index}`);
    return found;
  }

  protected state(index: number): InstanceState {
    const found = this.world.instances[index];
    if (found === undefined) throw new RangeError(`no instance ${index}`);
    return found;
  }

  /** A check to be changed: worlds share what none of them has changed. */
  protected check(index: number): CheckState {
    const found = this.world.checks[index];
    if (found === undefined) throw new RangeError(`no check ${index}`);
    if (this.ownChecks.has(index)) return found;
    this.ownChecks.add(index);
    const own = { ...found };
    this.world.checks[index] = own;
    return own;
  }
}

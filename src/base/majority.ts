/** How many of `voters` members etcd needs for every write: more than half of them (etcd FAQ). */
export function majorityOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

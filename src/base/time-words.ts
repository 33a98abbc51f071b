/** `20261121-031500`: a moment in milliseconds since 1970 as a part of a name, in UTC. */
export function timeWords(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}

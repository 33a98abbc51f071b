import assert from 'node:assert/strict';
import type { Lab } from './lab';

/** What tests write into a cluster, to see whether it is there later. Their names are never used twice: a lab may have been used before. */
export function notesOf(lab: () => Lab) {
  const mark = `-${Date.now()}`;
  const names = (): readonly string[] => {
    const { code, stdout, stderr } = lab().kubectl('get configmaps -o name');
    assert.equal(code, 0, stderr);
    const all = stdout.split('\n').map((each) => each.replace('configmap/', ''));
    return all.flatMap((each) => (each.endsWith(mark) ? [each.slice(0, -mark.length)] : []));
  };
  return {
    write: (name: string): void => {
      const { code, stderr } = lab().kubectl(`create configmap ${name}${mark} --from-literal=x=1`);
      assert.equal(code, 0, stderr);
    },
    has: (name: string): boolean => names().includes(name),
  };
}

import type { Span } from '../../base/span';
import type { Link } from '../language';

/** A path of the node that a file names. */
interface NamedFile {
  readonly span: Span;
  readonly path: string;
}

/**
 * Links to files of the node. A tree that keeps the files of a node as they lie there (`n1/etc/rancher/k3s/config.yaml`)
 * has its root where `etc` is; elsewhere the path is that of this machine.
 */
export function nodeFileLinks(own: string, named: readonly NamedFile[]): readonly Link[] {
  const below = own.replaceAll('\\', '/').lastIndexOf('/etc/');
  const root = below > 0 ? own.slice(0, below) : /^etc\//.test(own) ? '.' : '';
  const up = root === '' ? '' : '../'.repeat(own.slice(below < 0 ? 0 : below + 1).split('/').length - 1).slice(0, -1);
  return named
    .filter(({ path }) => /^\/[^$<{\s]+$/.test(path))
    .map(({ span, path }) => ({ span, target: up === '' ? path : `${up}${path}` }));
}

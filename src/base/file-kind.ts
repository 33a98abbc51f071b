/** What a file is to Haven. A file that nobody can be sure about has no kind and is left alone. */
export type FileKind =
  | 'haproxy'
  | 'keepalived'
  | 'k3s'
  | 'kubeadm'
  | 'inventory'
  | 'nginx'
  | 'static-pod'
  | 'kubeconfig'
  | 'runbook';

/**
 * The names that files of these kinds have, for whoever looks through folders; `*` stands for anything within a name. What
 * such a file is, its text decides (`kindOf`): these only keep all others from being read.
 */
const names = [
  '*.cfg',
  '*.conf',
  '*.haproxy',
  '*.yaml',
  '*.yml',
  '*.sh',
  '*.bash',
  '*.md',
  '*user-data*',
  '*user_data*',
  '*userdata*',
  '*kubeconfig*',
] as const;

/** The same as one pattern for the paths of a folder, as editors write them. */
export const globOfOurs = `**/{${names.join(',')}}`;

const ours = new RegExp(
  `(?:^|/)(?:${names.map((each) => each.replace('.', '\\.').replaceAll('*', '[^/]*')).join('|')})$`,
);

/** Whether the file at `path`, with `/` between folders, is worth reading. */
export function couldBeOurs(path: string): boolean {
  return ours.test(path);
}

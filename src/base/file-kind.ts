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

/**
 * Files of a folder that are larger are not read, by the editor, the command line and the language server alike: a
 * haproxy.cfg of 100,000 lines, the largest that Haven is measured with, has about 5 MB; what is larger is a log or a dump.
 */
export const largestFileBytes = 8 * 1024 * 1024;

/** The same as one pattern for the paths of a folder, as editors write them. */
export const globOfOurs = `**/{${names.join(',')}}`;

const ours = new RegExp(
  `(?:^|/)(?:${names.map((each) => each.replace('.', '\\.').replaceAll('*', '[^/]*')).join('|')})$`,
);

/** Whether the file at `path`, with `/` between folders, is worth reading. */
export function couldBeOurs(path: string): boolean {
  return ours.test(path);
}

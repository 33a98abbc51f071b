/** The program whose arguments stand at a path of fields. */
export function componentAt(kind: string, path: readonly string[]): string | undefined {
  const fields = path.filter((part) => part !== '[]');
  if (/^(?:Init|Join)Configuration$/.test(kind)) return fields.at(-1) === 'kubeletExtraArgs' ? 'kubelet' : undefined;
  if (fields.at(-1) !== 'extraArgs') return undefined;
  const owners: Readonly<Record<string, string>> = {
    apiServer: 'kube-apiserver',
    controllerManager: 'kube-controller-manager',
    scheduler: 'kube-scheduler',
    etcd: 'etcd',
  };
  return owners[fields[0] ?? ''];
}

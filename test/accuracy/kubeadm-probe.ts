/** What a probe says: one value for one field of a kind. */
export interface Probe {
  readonly field: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly value: unknown;
}

/** A file that holds one value of one field, in the document of its kind and with what that kind cannot do without. */
export function fileOfProbe({ field, kind, apiVersion, value }: Probe): string {
  const document: Record<string, unknown> = {
    apiVersion: apiVersion.includes('/') ? apiVersion : `kubeadm.k8s.io/${apiVersion}`,
    kind,
  };
  if (kind === 'ClusterConfiguration') document.kubernetesVersion = 'v1.34.1';
  if (kind === 'JoinConfiguration' && !/^discovery(?:\.bootstrapToken|\.file)?$/.test(field))
    document.discovery = field.startsWith('discovery.file')
      ? { file: { kubeConfigPath: 'https://192.0.2.100/x.conf' } }
      : {
          bootstrapToken: {
            token: 'abcdef.0123456789abcdef',
            apiServerEndpoint: '192.0.2.100:6443',
            caCertHashes: [`sha256:${'0123456789abcdef'.repeat(4)}`],
          },
        };
  if (kind === 'JoinConfiguration' && /^discovery\.(?:bootstrapToken|file)$/.test(field)) document.discovery = {};
  let at = document;
  const parts = field.split('.');
  for (const [index, part] of parts.entries()) {
    const name = part.replace(/\[\]$/, '');
    if (index === parts.length - 1) at[name] = value;
    else if (part.endsWith('[]')) {
      const item: Record<string, unknown> = siblingsOf(name);
      at[name] = [item];
      at = item;
    } else {
      const next = (at[name] ?? (name === 'external' ? { endpoints: ['https://192.0.2.21:2379'] } : {})) as Record<
        string,
        unknown
      >;
      at[name] = next;
      at = next;
    }
  }
  if (/etcd\.external\.(?:certFile|keyFile|caFile)/.test(field))
    for (const name of ['caFile', 'certFile', 'keyFile']) at[name] ??= `/etc/ssl/etcd/${name}`;
  return `${JSON.stringify(document, null, 2)}\n`;
}

function siblingsOf(list: string): Record<string, unknown> {
  if (/Args$/.test(list) || list === 'extraEnvs') return { name: 'v', value: '4' };
  if (list === 'extraVolumes') return { name: 'x', hostPath: '/x', mountPath: '/x' };
  if (list === 'taints') return { key: 'a', effect: 'NoSchedule' };
  return {};
}

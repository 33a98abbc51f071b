import { createHash } from 'node:crypto';

/**
 * The first twelve hexadecimal digits of the SHA-256 of a server token's secret part: by these k3s names its certificates in
 * etcd (pkg/cluster/encrypt.go), so they say which token opens a snapshot.
 */
export function tokenHash(token: string): string {
  const secret = token.replace(/\s/g, '').replace(/^K10[0-9a-f]*::[^:]*:/, '');
  return createHash('sha256').update(secret).digest('hex').slice(0, 12);
}

import type { FileKind } from '../base/file-kind';
import { haproxy } from './haproxy';
import { inventory } from './inventory';
import { k3s } from './k3s';
import { keepalived } from './keepalived';
import { kubeadm } from './kubeadm';
import type { AnyLanguage } from './language';
import { nginx } from './nginx';
import { plain } from './plain';
import { runbook } from './runbook';
import { staticPod } from './static-pod';

/** Every language Haven speaks. A new one is written in a folder of its own and named here. */
const languages: readonly AnyLanguage[] = [
  k3s,
  kubeadm,
  keepalived,
  haproxy,
  inventory,
  nginx,
  staticPod,
  runbook((kind) => languageOf(kind)),
];

/** Kinds that are a part of their cluster even where no language of their own reads them. */
const parts: readonly FileKind[] = ['haproxy', 'kubeconfig'];

const byKind: ReadonlyMap<FileKind, AnyLanguage> = new Map(
  [...parts.map(plain), ...languages].map((each) => [each.kind, each]),
);

export function languageOf(kind: FileKind): AnyLanguage | undefined {
  return byKind.get(kind);
}

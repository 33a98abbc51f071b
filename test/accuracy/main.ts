import { Report } from './frame';
import { haproxyPart } from './haproxy';
import { haproxySweepPart } from './haproxy-sweep';
import { haproxyWholePart } from './haproxy-whole';
import { k3sPart } from './k3s';
import { k3sValuesPart } from './k3s-values';
import { keepalivedPart } from './keepalived';
import { keepalivedSweepPart } from './keepalived-sweep';
import { kubeadmPart } from './kubeadm';
import { yamlPart } from './yaml';

/** Every language that can be held to its program. */
const parts = [
  haproxyPart,
  haproxySweepPart,
  haproxyWholePart,
  keepalivedPart,
  keepalivedSweepPart,
  kubeadmPart,
  k3sPart,
  k3sValuesPart,
  yamlPart,
];

const wanted = process.argv.slice(2).filter((each) => !each.startsWith('-'));
for (const part of parts) {
  if (wanted.length > 0 ? !wanted.includes(part.name) : part.onRequest === true) continue;
  const missing = part.missing();
  if (missing !== undefined) {
    console.log(`${part.name}: skipped, ${missing}`);
    continue;
  }
  console.log(`\n${part.name}`);
  const report = new Report();
  part.run(report);
  report.print();
}

import type { Line } from './runbook-lines';

/** A part of user data that holds several. */
interface UserDataPart {
  readonly kind: 'cloud-config' | 'script';
  readonly lines: readonly Line[];
}

/** The parts of user data in MIME (RFC 2046 §5.1) that are written in clear; empty for anything else. */
export function multipartOf(lines: readonly Line[]): readonly UserDataPart[] {
  const end = lines.findIndex((each) => each.text.trim() === '');
  const head = lines.slice(0, Math.max(0, end)).map((each) => each.text);
  const boundary = /^Content-Type:\s*multipart\/[\s\S]*?boundary="?([^";\s]+)/im.exec(head.join('\n'))?.[1];
  if (boundary === undefined) return [];
  const found: UserDataPart[] = [];
  let from = -1;
  for (const [index, line] of lines.entries()) {
    if (line.text !== `--${boundary}` && line.text !== `--${boundary}--`) continue;
    if (from >= 0) found.push(...partOf(lines.slice(from, index)));
    from = index + 1;
  }
  if (from >= 0) found.push(...partOf(lines.slice(from)));
  return found;
}

function partOf(lines: readonly Line[]): readonly UserDataPart[] {
  const empty = lines.findIndex((each) => each.text.trim() === '');
  if (empty < 0) return [];
  const head = lines
    .slice(0, empty)
    .map((each) => each.text)
    .join('\n');
  const body = lines.slice(empty + 1);
  if (/^Content-Transfer-Encoding:\s*(?:base64|quoted-printable)/im.test(head)) return [];
  const first = body[0]?.text ?? '';
  if (/text\/cloud-config/i.test(head) || /^#cloud-config\b/.test(first))
    return [{ kind: 'cloud-config', lines: body }];
  return /text\/x-shellscript/i.test(head) || /^#!/.test(first) ? [{ kind: 'script', lines: body }] : [];
}

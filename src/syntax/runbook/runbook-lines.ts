import type { Embedded } from './runbook-tree';

/** One line of a runbook without what does not belong to its content: the indentation of a fence, a carriage return. */
export interface Line {
  readonly text: string;
  readonly start: number;
}

export function linesOf(text: string): Line[] {
  let start = 0;
  return text.split('\n').map((line) => {
    const each = { text: line.replace(/\r$/, ''), start };
    start += line.length + 1;
    return each;
  });
}

export function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** A line without up to `most` characters of what it is indented by. */
export function dedented({ text, start }: Line, most: number): Line {
  const cut = Math.min(most, indentOf(text));
  return { text: text.slice(cut), start: start + cut };
}

/** The lines as the text of a configuration of their own. */
export function embed(body: readonly Line[]): Pick<Embedded, 'text' | 'lines'> {
  let text = '';
  const lines = body.map((line) => {
    const at = { inner: text.length, outer: line.start };
    text += `${line.text}\n`;
    return at;
  });
  return { text, lines };
}

/** What a shell or a login shows before a command. */
export const prompt = /^\s*(?:\[[^\]]*\]\s*[#$]|[\w.-]+@[\w.-]+[^#$]{0,40}[#$]|[\w.-]+(?: ?\$|#)|\$)\s+/;

const command =
  /^\s*(?:sudo\s+(?:-\S+\s+)*)?(?:\w+=\S+\s+)*(?:cat|tee|vim?|nano|curl|wget|kubectl|kubeadm|k3s|k3sup|systemctl|apt|apt-get|yum|dnf|export|mkdir|cp|mv|rm|scp|ssh|etcdctl|etcdutl|docker|crictl|ctr|helm|echo|swapoff|modprobe|sysctl|sed|chmod|chown|hostnamectl|cd|tar|source)\s(?!\s*[:{=])/;

/** Whether a line begins with one of the commands of runbooks, and is neither a key of YAML nor the keyword of a block. */
export function isCommandLine(line: string): boolean {
  return command.test(`${line.replace(prompt, '')} `);
}

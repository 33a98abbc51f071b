import { ipFamily } from '../../../base/address';
import type { Finding } from '../../../base/finding';
import { say } from '../../../base/message';
import type { NginxWord } from '../../../syntax/nginx/parse-nginx';
import { isOpen } from './names';

/** Why nginx refuses the address of a server in an upstream, or one that proxy_pass names. */
export function* addressProblems(word: NginxWord, wantsPort: boolean): Iterable<Finding> {
  const { text, span } = word;
  if (isOpen(text) || text.startsWith('unix:')) return;
  const scheme = /^[a-z]+:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) {
    yield {
      span,
      message: say('stream passes connections on and takes no address with "{0}"', scheme),
      fixes: [
        {
          title: say('Change to "{0}"', text.slice(scheme.length).replace(/\/.*$/, '')),
          edits: [{ span, newText: text.slice(scheme.length).replace(/\/.*$/, '') }],
          confidence: 'review',
        },
      ],
    };
    return;
  }
  const port = /^(?:\[[^\]]*\]|[^:[\]]*):(\d*)$/.exec(text)?.[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535))
    yield { span, message: say('the port of "{0}" is none from 1 to 65535', text) };
  else if (wantsPort && /^(?:[\w.-]+|\[[^\]]*\])$/.test(text))
    yield { span, message: say('"{0}" has no port, and stream has none that is usual', text) };
  else if (!isAddress(text)) yield { span, message: say('"{0}" is no address with a port', text) };
}

/** Whether a text can be a host with a port or without one. */
export function isAddress(text: string): boolean {
  const [, host, port = ''] = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/.exec(text) ?? [];
  if (host === undefined || host === '' || /[/,]/.test(host)) return false;
  if (host.startsWith('[')) return ipFamily(host.slice(1, -1)) === 6;
  // Of a number above 255 nginx makes a name, and none ends in a number. A port in capitals waits for somebody to fill it in.
  const isName = !/^(?:\d+\.){3}\d+$/.test(host) || host.split('.').every((part) => Number(part) < 256);
  return isName && /^(?:\d*|[A-Z_]+)$/.test(port);
}

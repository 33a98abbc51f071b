import type { Finding } from '../../../base/finding';
import { say } from '../../../base/message';
import { variablesOfHttp } from '../../../catalog/nginx/stream';
import { directivesNamed, type NginxDirective } from '../../../syntax/nginx/parse-nginx';
import { isOpen } from './names';

/** Formats of logs that nobody gives, and variables in them that only requests have. */
export function* logProblems(stream: readonly NginxDirective[], text: string): Iterable<Finding> {
  if (/\binclude\s/.test(text)) return;
  const formats = new Set(directivesNamed(stream, 'log_format').map(({ args }) => args[0]?.text));
  for (const each of [stream, ...directivesNamed(stream, 'server').map(({ block = [] }) => block)].flat()) {
    const [path, format] = each.args;
    if (path === undefined) continue;
    if (each.name.text === 'access_log' && path.text !== 'off') {
      if (format === undefined)
        yield { span: each.name.span, message: say('"access_log" of stream needs the name of a "log_format" as well') };
      else if (!isOpen(format.text) && !formats.has(format.text))
        yield { span: format.span, message: say('no "log_format" of stream is named "{0}"', format.text) };
    }
    if (each.name.text !== 'log_format') continue;
    for (const part of each.args.slice(1)) {
      const found = variablesOfHttp.exec(part.text);
      const variable = found?.[1];
      if (found === null || variable === undefined || text.split(`$${variable} `).length > 2) continue;
      yield { span: part.span, message: say('stream has no variable "{0}"', `$${variable}`) };
    }
  }
}

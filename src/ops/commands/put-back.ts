import { say } from '../../base/message';
import type { Step } from '../plan';

const putBack = `rm -f -- "\${1%/*}/.\${1##*/}.haven-draft"
if [ ! -e "$2" ]; then [ ! -e "$2.absent" ] || rm -f -- "$1"; exit; fi
d=\${1%/*}/.\${1##*/}.haven-back
rm -rf -- "$d" && cp -a -- "$2" "$d" && { sync -- "$d" 2>/dev/null || sync; } && mv -fT -- "$d" "$1"`;

/** Says `same` when the file is what was kept, is gone where there was none, or was never replaced, and no draft of it is left. */
const isBack = `if [ -e "\${1%/*}/.\${1##*/}.haven-draft" ]; then echo draft
elif [ -e "$2" ]; then cmp -s -- "$1" "$2" && echo same || echo other
elif [ -e "$2.absent" ] && [ -e "$1" ]; then echo other
else echo same; fi`;

/**
 * Puts the file back that an upload kept (`Upload.keep`) and leaves the kept one where it is; a file that was new goes. The
 * usual `undo` of an upload.
 */
export function putBackStep({
  host,
  path,
  keep,
}: {
  readonly host: string;
  readonly path: string;
  readonly keep: string;
}): Step {
  return {
    id: `put-back-${path}@${host}`,
    host,
    title: say('Put {0} back as it was', path),
    risk: 'change',
    run: { argv: ['sh', '-c', putBack, 'sh', path, keep], root: true, timeoutSec: 60 },
    done: {
      host,
      command: { argv: ['sh', '-c', isBack, 'sh', path, keep], root: true, timeoutSec: 20 },
      yesWhen: { stdoutHas: 'same' },
      withinSec: 0,
    },
  };
}

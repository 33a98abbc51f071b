import { parseIp } from '../../base/address';
import { say } from '../../base/message';
import { type KeepalivedAnalysis, lastWithin, statementsOf, within } from '../../model/keepalived/analysis';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { Report } from './conformance';

/** What keepalived reports when it has read all of an instance (vrrp_complete_instance in keepalived/vrrp/vrrp.c). */
export function checkInstances(analysis: KeepalivedAnalysis, report: Report): void {
  const statements = statementsOf(analysis);
  const global = statements.filter((each) => each.keyword === 'global_defs');
  const globalVersion = global
    .map((each) => lastWithin(each, 'vrrp_version')?.words[1]?.text)
    .findLast((each) => each !== undefined);
  const strict = global.some((each) => lastWithin(each, 'vrrp_strict') !== undefined);
  const scripts = new Map(
    statements.filter((each) => each.keyword === 'vrrp_script').map((each) => [each.words[1]?.text ?? '', each]),
  );
  const routerIds = new Map<string, Word>();
  for (const instance of statements) {
    const [keyword, name] = instance.words;
    if (
      instance.keyword !== 'vrrp_instance' ||
      keyword === undefined ||
      name === undefined ||
      instance.block === undefined
    )
      continue;
    if (analysis.tree.includes.length === 0) checkNeeded(instance, name, report);
    checkRouterId(instance, routerIds, report);
    checkState(instance, report);
    checkAuthentication(instance, globalVersion, strict, report);
    checkAddresses(instance, name, analysis.tree.includes.length === 0, report);
    checkInterval(instance, globalVersion, report);
    checkUnicast(instance, report);
    checkWeights(instance, scripts, report);
    if (instance.block.statements.length === 0)
      report('missingSetting', name.span, say('instance "{0}" is empty', name.text));
  }
}

function checkNeeded(instance: Statement, name: Word, report: Report): void {
  if (instance.block?.statements.length === 0) return;
  if (lastWithin(instance, 'virtual_router_id') === undefined) {
    report('missingSetting', name.span, say('instance "{0}" has no virtual_router_id', name.text));
  }
  const hasSource = lastWithin(instance, 'unicast_src_ip') ?? lastWithin(instance, 'mcast_src_ip');
  if (lastWithin(instance, 'interface') === undefined && hasSource === undefined) {
    report('missingSetting', name.span, say('instance "{0}" has no interface', name.text));
  }
}

function checkAddresses(instance: Statement, name: Word, complete: boolean, report: Report): void {
  if (instance.block?.statements.length === 0) return;
  const lines = within(instance, 'virtual_ipaddress').flatMap((each) => each.block?.statements ?? []);
  const none = lastWithin(instance, 'no_virtual_ipaddress') !== undefined;
  if (lines.length === 0 && complete && !none) {
    report('missingSetting', name.span, say('instance "{0}" has no virtual address', name.text), {
      severity: 'warning',
    });
  }
  const [first] = lines;
  const isSix = (line: Statement) => line.words[0]?.text.includes(':') === true;
  for (const line of lines) {
    const word = line.words[0];
    if (
      first === undefined ||
      word === undefined ||
      isSix(line) === isSix(first) ||
      parseIp(word.text.split('/')[0] ?? '') === undefined
    )
      continue;
    report(
      'conflictingSettings',
      word.span,
      say(
        'an instance has addresses of one family; put "{0}" into virtual_ipaddress_excluded or an instance of its own',
        word.text,
      ),
      {
        related:
          first.words[0] === undefined ? [] : [{ span: first.words[0].span, message: say('the first one is here') }],
      },
    );
  }
}

function checkInterval(instance: Statement, globalVersion: string | undefined, report: Report): void {
  const interval = lastWithin(instance, 'advert_int')?.words[1];
  if (interval === undefined) return;
  const version = lastWithin(instance, 'version')?.words[1]?.text ?? globalVersion ?? '2';
  const seconds = Number(interval.text);
  if (version === '2' && seconds % 1 !== 0) {
    report(
      'conflictingSettings',
      interval.span,
      say('VRRP version 2 knows whole seconds only; keepalived rounds "{0}"', interval.text),
    );
  } else if (version === '3' && seconds > 40.95) {
    report(
      'conflictingSettings',
      interval.span,
      say('VRRP version 3 knows intervals up to 40.95 s only; "{0}" becomes that', interval.text),
    );
  }
}

function checkUnicast(instance: Statement, report: Report): void {
  const peers = within(instance, 'unicast_peer').flatMap((each) => each.block?.statements ?? []);
  const unicast = lastWithin(instance, 'unicast_src_ip') ?? within(instance, 'unicast_peer')[0];
  if (unicast !== undefined && peers.length === 0) {
    report('missingSetting', unicast.span, say('unicast without any unicast_peer: keepalived uses multicast'), {
      severity: 'warning',
    });
  }
}

/** Weighted checks of an owner, and of a member of a sync group, are dropped. */
function checkWeights(instance: Statement, scripts: ReadonlyMap<string, Statement>, report: Report): void {
  const priority = lastWithin(instance, 'priority')?.words[1];
  const state = lastWithin(instance, 'state')?.words[1];
  const owner = priority?.text === '255' || (priority === undefined && state?.text === 'MASTER');
  if (!owner) return;
  const because = priority ?? state;
  const nopreempt = lastWithin(instance, 'nopreempt');
  if (nopreempt !== undefined && state?.text !== 'MASTER') {
    report(
      'conflictingSettings',
      nopreempt.span,
      say('nopreempt has no effect with priority 255; keepalived clears it'),
    );
  }
  for (const line of within(instance, 'track_script').flatMap((each) => each.block?.statements ?? [])) {
    const [name, keyword, value] = line.words;
    const own = keyword?.text === 'weight' ? value?.text : undefined;
    const script = name === undefined ? undefined : scripts.get(name.text);
    const weight = own ?? (script === undefined ? undefined : lastWithin(script, 'weight')?.words[1]?.text);
    if (name === undefined || weight === undefined || Number(weight) === 0) continue;
    report(
      'conflictingSettings',
      name.span,
      say(
        'the check "{0}" has weight {1}, but priority 255 never moves: keepalived drops the check',
        name.text,
        weight,
      ),
      {
        related:
          because === undefined ? [] : [{ span: because.span, message: say('the priority is 255 because of this') }],
      },
    );
  }
}

/** One VRID may be used once for each family and interface of a machine. */
function checkRouterId(instance: Statement, seen: Map<string, Word>, report: Report): void {
  const id = lastWithin(instance, 'virtual_router_id')?.words[1];
  const at = lastWithin(instance, 'interface')?.words[1]?.text;
  if (id === undefined || at === undefined || within(instance, 'unicast_peer').length > 0) return;
  const first = within(instance, 'virtual_ipaddress')[0]?.block?.statements[0]?.words[0]?.text ?? '';
  const key = `${id.text} ${at} ${first.includes(':') ? 6 : 4}`;
  const before = seen.get(key);
  if (before === undefined) seen.set(key, id);
  else {
    report(
      'conflictingSettings',
      id.span,
      say('virtual_router_id {0} is already used on {1} in this file', id.text, at),
      {
        related: [{ span: before.span, message: say('the first one is here') }],
      },
    );
  }
}

function checkState(instance: Statement, report: Report): void {
  const state = lastWithin(instance, 'state')?.words[1];
  const priority = lastWithin(instance, 'priority')?.words[1]?.text;
  const nopreempt = lastWithin(instance, 'nopreempt')?.words[0];
  const delay = lastWithin(instance, 'preempt_delay');
  const states = within(instance, 'state').map((each) => each.words[1]);
  const later = states.at(-1);
  if (states.length > 1 && states.some((each) => each?.text === 'MASTER') && later?.text === 'BACKUP') {
    report('conflictingSettings', later.span, say('the state is MASTER already; keepalived ignores this line'));
  }
  const isMaster = state?.text === 'MASTER' || (state === undefined && priority === '255');
  const related = state === undefined ? [] : [{ span: state.span, message: say('the state is set here') }];
  if (isMaster && nopreempt !== undefined) {
    const fixes =
      state === undefined
        ? []
        : [
            {
              title: say('Change to {0}', 'BACKUP'),
              edits: [{ span: state.span, newText: 'BACKUP' }],
              confidence: 'review' as const,
            },
          ];
    report(
      'conflictingSettings',
      nopreempt.span,
      say('nopreempt has no effect in an instance whose state is MASTER; keepalived clears it'),
      { related, fixes },
    );
  }
  const seconds = delay?.words[1];
  if (delay !== undefined && seconds !== undefined && Number(seconds.text) !== 0) {
    if (isMaster)
      report(
        'conflictingSettings',
        delay.span,
        say('preempt_delay has no effect in an instance whose state is MASTER; keepalived clears it'),
        { related },
      );
    else if (nopreempt !== undefined) {
      report(
        'conflictingSettings',
        delay.span,
        say('preempt_delay has no effect beside nopreempt; keepalived clears it'),
      );
    }
  }
}

function checkAuthentication(
  instance: Statement,
  globalVersion: string | undefined,
  strict: boolean,
  report: Report,
): void {
  const [authentication] = within(instance, 'authentication');
  if (authentication === undefined) return;
  const type = lastWithin(authentication, 'auth_type');
  const password = lastWithin(authentication, 'auth_pass')?.words[1];
  const version = lastWithin(instance, 'version')?.words[1]?.text ?? globalVersion;
  if (password !== undefined && type?.words[1]?.text === 'PASS' && new TextEncoder().encode(password.text).length > 8) {
    const short = [...password.text].slice(0, 8).join('');
    report(
      'badValue',
      password.span,
      say('only the first 8 characters of the password count; keepalived cuts the rest off'),
      {
        fixes: [
          {
            title: say('Keep the first 8 characters'),
            edits: [{ span: password.span, newText: password.quoted ? `"${short}"` : short }],
            confidence: 'review',
          },
        ],
      },
    );
  }
  if (type === undefined) return;
  if (version === '3')
    report('conflictingSettings', type.span, say('VRRP version 3 knows no authentication; keepalived ignores it'));
  else if (strict || lastWithin(instance, 'strict_mode') !== undefined) {
    report('conflictingSettings', type.span, say('strict mode knows no authentication; keepalived ignores it'));
  } else if (password === undefined)
    report('missingSetting', type.span, say('auth_type without auth_pass; keepalived ignores the authentication'));
}

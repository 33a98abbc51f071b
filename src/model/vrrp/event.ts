import { type Message, say } from '../../base/message';
import type { VrrpNode } from './node';

/** Something that happens to a node, one of its checks, or the network between two nodes. */
export type VrrpEvent =
  | { readonly kind: 'power-cut' | 'stop' | 'start'; readonly node: number }
  | { readonly kind: 'fail' | 'hang' | 'ok'; readonly node: number; readonly check: number }
  | { readonly kind: 'set'; readonly node: number; readonly check: number; readonly value: number }
  | { readonly kind: 'cut' | 'heal'; readonly nodes: readonly [number, number] };

/** An event as it was written, and what it means; or why it means nothing. */
type ReadEvent =
  | { readonly text: string; readonly event: VrrpEvent }
  | { readonly text: string; readonly problem: Message; readonly unknownNode?: string };

/**
 * Reads one event: `fail:NODE`, `stop:NODE`, `start:NODE`, `fail:NODE:CHECK`, `hang:NODE:CHECK`, `ok:NODE:CHECK`,
 * `set:NODE:FILE=VALUE`, `cut:A-B` or `heal:A-B`. Node names may contain `-`; check names may contain `:`.
 */
export function readEvent(text: string, nodes: readonly VrrpNode[]): ReadEvent {
  const problem = (why: Message): ReadEvent => ({ text, problem: why });
  const [verb = '', ...rest] = text.split(':');
  const subject = rest.join(':');

  if (verb === 'cut' || verb === 'heal') {
    const pair = pairOf(subject, nodes);
    return pair === undefined
      ? problem(say('"{0}" is not two node names joined by "-"; nodes are {1}', subject, namesOf(nodes)))
      : { text, event: { kind: verb, nodes: pair } };
  }

  if (rest.length === 0) return problem(say('an event is a word and a node, such as fail:NODE or cut:A-B'));
  const node = nodes.findIndex((each) => each.name === rest[0]);
  const found = nodes[node];
  if (found === undefined) {
    const [unknownNode = ''] = rest;
    return { text, problem: say('there is no node "{0}"; nodes are {1}', unknownNode, namesOf(nodes)), unknownNode };
  }
  if (rest.length === 1) {
    if (verb === 'fail') return { text, event: { kind: 'power-cut', node } };
    if (verb === 'stop' || verb === 'start') return { text, event: { kind: verb, node } };
    if (verb === 'set') return problem(say('say {0}', `set:${found.name}:FILE=VALUE`));
    return verb === 'hang' || verb === 'ok'
      ? problem(say('"{0}" needs a check: {1}', verb, `${verb}:${found.name}:CHECK`))
      : problem(say('"{0}" is none of {1}', verb, 'fail, stop, start, hang, ok, set, cut, heal'));
  }

  const [name = '', value] = verb === 'set' ? splitValue(rest.slice(1).join(':')) : [rest.slice(1).join(':')];
  const check = found.checks.findIndex((each) => each.name === name || (each.kind === 'file' && each.path === name));
  const looked = found.checks[check];
  if (looked === undefined) {
    const names = found.checks.map((each) => each.name).join(', ');
    return problem(
      names === ''
        ? say('node "{0}" has no check at all', found.name)
        : say('node "{0}" has no check "{1}"; it has {2}', found.name, name, names),
    );
  }
  if (verb === 'set') {
    if (looked.kind !== 'file') return problem(say('"{0}" is not a tracked file', name));
    if (value === undefined || !/^[+-]?\d+$/.test(value))
      return problem(say('"set" needs FILE=VALUE with a whole number'));
    return { text, event: { kind: 'set', node, check, value: Number(value) } };
  }
  if (looked.kind === 'file')
    return problem(say('"{0}" is a tracked file: say {1}', name, `set:${found.name}:${name}=VALUE`));
  if (verb === 'hang' && looked.kind !== 'script')
    return problem(say('only a script can hang, and "{0}" is none', name));
  if (verb === 'fail' || verb === 'hang' || verb === 'ok') return { text, event: { kind: verb, node, check } };
  return verb === 'stop' || verb === 'start'
    ? problem(say('"{0}" is for a node as a whole: {1}', verb, `${verb}:${found.name}`))
    : problem(say('"{0}" is none of {1}', verb, 'fail, hang, ok, set'));
}

function splitValue(text: string): [string, string | undefined] {
  const at = text.lastIndexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function pairOf(text: string, nodes: readonly VrrpNode[]): [number, number] | undefined {
  for (let dash = text.indexOf('-'); dash >= 0; dash = text.indexOf('-', dash + 1)) {
    const a = nodes.findIndex((each) => each.name === text.slice(0, dash));
    const b = nodes.findIndex((each) => each.name === text.slice(dash + 1));
    if (a >= 0 && b >= 0 && a !== b) return [a, b];
  }
  return undefined;
}

function namesOf(nodes: readonly VrrpNode[]): string {
  return nodes.map((each) => each.name).join(', ');
}

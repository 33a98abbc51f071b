import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { type Message, render } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import type { Command, Condition, Probe } from '../../src/ops/command';
import { doneOf, type Plan, type Step, undoOf } from '../../src/ops/plan';
import { asPlan } from '../../src/ops/read-plan';
import { renderPlan } from '../../src/ops/render-plan';
import { renderRunbook } from '../../src/ops/render-runbook';
import { planners } from '../support/all-plans';
import { sentinel, type Wish, wishes } from '../support/wishes';

/**
 * Where nothing of anybody is lost: files that only Haven writes, a program where none runs, and the keys of a machine that is
 * refused where it has some.
 */
const nothingThere = /^\/var\/lib\/haven\/|\/[^/]*haven[^/]*$|^\/usr\/local\/bin\/k3s$|^\/etc\/kubernetes\/pki\//;

const korean = new Map(
  readdirSync('l10n/ko').flatMap((name) =>
    Object.entries(JSON.parse(readFileSync(join('l10n/ko', name), 'utf8')) as Record<string, string>),
  ),
);
const inKorean = (message: Message) => render(message, (template) => korean.get(template));

/** Every step of a plan, those of ways back too. */
function stepsOf(plan: Plan): Step[] {
  const withUndo = (step: Step): Step[] => [step, ...('undo' in step ? (step.undo ?? []) : []).flatMap(withUndo)];
  return [...plan.steps, ...(plan.undo ?? [])].flatMap(withUndo);
}

function commandsOf(step: Step): Command[] {
  const done = doneOf(step);
  return [
    ...('run' in step ? [step.run] : []),
    ...(done === undefined ? [] : [done.command]),
    ...('waitFor' in step && 'command' in step.waitFor ? [step.waitFor.command] : []),
    ...('download' in step && 'command' in step.download.from ? [step.download.from.command] : []),
  ];
}

function probesOf(step: Step): Probe[] {
  const done = doneOf(step);
  return [
    ...(done === undefined ? [] : [done]),
    ...('waitFor' in step && 'command' in step.waitFor ? [step.waitFor] : []),
  ];
}

/** Whether it can be answered with a no. */
function decides(condition: Condition): boolean {
  if ('all' in condition) return condition.all.length > 0 && condition.all.every(decides);
  if ('code' in condition) return true;
  if ('stdoutHas' in condition) return condition.stdoutHas !== '';
  if ('stdoutLacks' in condition) return condition.stdoutLacks !== '';
  return !new RegExp(condition.stdoutMatches, 'm').test('');
}

function messagesIn(value: unknown): Message[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'template' in value && 'args' in value ? [value as Message] : [];
  return [...own, ...Object.values(value).flatMap(messagesIn)];
}

/** What is wrong with a plan, in words for its author; of its steps, with those in `fresh`. */
function wrongWith({ plan, hosts }: Wish, fresh: readonly Step[]): string[] {
  const wrong = faultsOf(plan);
  const known = (host: string) => hosts.includes(host);
  if (plan.blockers.length > 0 && plan.steps.length > 0) wrong.push('it has blockers and steps');
  const text = JSON.stringify(plan);
  if (text.includes(sentinel)) wrong.push('a secret is in it');
  const read = asPlan(JSON.parse(text));
  if (typeof read === 'string') wrong.push(`a journal of it cannot be read: ${read}`);
  else if (!isDeepStrictEqual(read, plan)) wrong.push('a journal makes another plan of it');
  const back = undoOf(plan.steps)
    .map((step) => JSON.stringify(step))
    .join();
  for (const step of fresh) {
    if (!known(step.host)) wrong.push(`${step.id} is for ${step.host}, which is no node`);
    if (step.risk !== 'read' && !('upload' in step) && doneOf(step) === undefined)
      wrong.push(`${step.id} does not say when it is done`);
    for (const probe of probesOf(step)) {
      if (!known(probe.host)) wrong.push(`${step.id} asks ${probe.host}, which is no node`);
      if (!decides(probe.yesWhen)) wrong.push(`${step.id} takes every answer for a yes`);
    }
    for (const { argv, timeoutSec } of commandsOf(step)) {
      if (!(timeoutSec > 0)) wrong.push(`${step.id} has no time`);
      // One argument of a program has at most 128 KiB (MAX_ARG_STRLEN of Linux).
      if (argv.some((word) => typeof word === 'string' && (word.includes('\0') || Buffer.byteLength(word) > 131_071)))
        wrong.push(`${step.id} has a word that no program can be given`);
    }
    if ('upload' in step && !nothingThere.test(step.upload.path)) {
      const { keep } = step.upload;
      if (keep === undefined) wrong.push(`${step.id} writes over ${step.upload.path} and keeps no copy`);
      // A machine that was made new for a restore is not taken back: see `furnish`.
      else if (plan.operation !== 'restore' && !back.includes(keep))
        wrong.push(`nothing brings ${keep} back, which ${step.id} keeps`);
    }
    if (step.risk === 'destroy' && !('undo' in step) && plan.undo === undefined && plan.wayBack.length === 0)
      wrong.push(`${step.id} destroys, and the plan says nothing of a way back`);
    if (step.risk === 'destroy' && !plan.destructive) wrong.push(`${step.id} destroys, and nobody types the name`);
  }
  for (const message of messagesIn(plan)) {
    if (!korean.has(message.template)) wrong.push(`there is no Korean of "${message.template}"`);
    const said = `${render(message)}\n${inKorean(message)}`;
    if (/\{\d\}|\bundefined\b|\bNaN\b|\[object/.test(said)) wrong.push(`it says "${said}"`);
  }
  return wrong;
}

describe('whatever is wished of an operation', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-wishes-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const scripts = new Map<string, string>();
  const note = (script: string, where: string) => {
    if (!scripts.has(script)) scripts.set(script, where);
  };
  const whole = new Map<string, number>();

  test('its plan is one that can be shown, run, gone on with and taken back', () => {
    const wrong = new Map<string, string>();
    const seen = new Set<string>();
    for (const wish of wishes(process.env.HAVEN_EVERY_WISH !== undefined)) {
      const { planner, words, plan } = wish;
      if (plan.blockers.length === 0 && plan.steps.length > 0) whole.set(planner, (whole.get(planner) ?? 0) + 1);
      const fresh = stepsOf(plan).filter((step) => {
        const text = JSON.stringify(step);
        return !seen.has(text) && seen.add(text);
      });
      for (const each of wrongWith(wish, fresh)) {
        const key = `${planner}: ${each}`;
        if (!wrong.has(key)) wrong.set(key, words);
      }
      // What others have shown already is not shown again, because it takes most of the time.
      if (fresh.length === 0 && plan.steps.length > 0) continue;
      for (const text of [render, inKorean]) {
        const pages = [renderPlan(plan, text), renderRunbook(plan, text)];
        if (pages.some((page) => page.includes(sentinel))) wrong.set(`${planner}: a secret is shown`, words);
        for (const [, block = ''] of (pages[1] ?? '').matchAll(/```sh\n([\s\S]*?)\n```/g)) note(block, words);
      }
      for (const step of fresh) {
        for (const { argv } of commandsOf(step)) {
          const at = argv.indexOf('-c');
          const script = argv[at + 1];
          if (argv[at - 1] === 'sh' && typeof script === 'string') note(script, words);
        }
        if ('upload' in step && 'text' in step.upload.content) {
          const parts = step.upload.content.text;
          const text = parts.map((part) => (typeof part === 'string' ? part : '')).join('');
          if (text.startsWith('#!/bin/sh') || step.upload.path.endsWith('.sh')) note(text, words);
        }
      }
    }
    assert.deepEqual(Object.fromEntries(wrong), {});
  });

  test('every planner is among them, with plans that can be run', () => {
    for (const name of planners()) assert.ok((whole.get(name) ?? 0) > 4, `${name}: ${whole.get(name)}`);
  });

  test('shells can read its scripts and its runbook', () => {
    assert.ok(scripts.size > 500, `${scripts.size} scripts`);
    const where = [...scripts];
    // All of them in one file: a process for each would take minutes.
    const bodies = where.map(([text], i) => `f${i}() {\n${text}\n:\n}`);
    const refused = (shell: string, text: string) => {
      const path = join(folder, 'script');
      writeFileSync(path, text);
      const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
      return status !== 0 || stderr !== '' ? stderr : undefined;
    };
    for (const shell of ['bash', 'sh']) {
      assert.equal(refused(shell, bodies.join('\n')), undefined, shell);
      // A document in a script that does not end swallows what follows, and is told by nobody but the last one.
      assert.notEqual(refused(shell, [...bodies, 'f() {'].join('\n')), undefined, 'nothing is swallowed');
    }
  });
});

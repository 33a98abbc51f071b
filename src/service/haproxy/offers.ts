import {
  actionsOf,
  allAclNames,
  allConverters,
  allFetches,
  allPredefinedAcls,
  bindParams,
  existsIn,
  logAliases,
  type SampleFunction,
  serverParams,
  valuesOf,
} from '../../catalog/haproxy/catalog';
import { wordsOfArgument } from '../../model/haproxy/function-arguments';
import type { Node } from '../../model/haproxy/grammar';
import type { NameKind } from '../../model/haproxy/problem';
import { type Expected, expected as places } from '../../model/haproxy/visit';
import { accountsOf } from './accounts';
import { addressOffers } from './addresses';
import { environmentOffers } from './environment';
import { mapsNamed } from './file-names';
import { headers, knownValues } from './known-values';
import { namesGiven } from './names';
import { occurrences } from './occurrences';
import type { Offer, Question } from './offer';
import { missingWord } from './place';

/** What may stand where the reader of a line looks for `expected`. */
export function* offersFor(expected: Expected, question: Question): Iterable<Offer> {
  const { release } = question;
  switch (expected.kind) {
    case 'node':
      yield* offersOfNode(expected.node, question);
      return;
    case 'words':
      for (const label of expected.words) yield { label, kind: 'value' };
      return;
    case 'action':
      for (const each of actionsOf(expected.ruleSet, release))
        yield {
          label: each.name,
          kind: 'function',
          detail: each.usage,
          documentation: each.summary,
          ...(each.glued && { newText: `${each.name}(\${1})`, isSnippet: true }),
        };
      yield* furtherCounters(expected.ruleSet, question);
      return;
    case 'address':
      yield* addressOffers(question);
      return;
    case 'parameter': {
      const ofServer = expected.of !== 'bind';
      for (const each of (ofServer ? serverParams : bindParams).values()) {
        if (!existsIn(each, release) || (expected.of === 'default-server' && !each.inDefaultServer)) continue;
        yield { label: each.name, kind: 'keyword', detail: each.usage, documentation: each.summary };
      }
      return;
    }
    case 'condition':
      yield* acls(question);
      yield {
        label: '{',
        kind: 'value',
        newText: '{ $1 }',
        isSnippet: true,
        detail: '{ <fetch> <pattern>... }',
        order: 6,
      };
      for (const label of ['!', 'or']) yield { label, kind: 'value', order: 8 };
      return;
    case 'fetch':
      for (const each of allFetches()) yield* functionOffer(each, release);
      if (expected.purpose === 'acl')
        for (const each of allAclNames())
          yield { label: each.name, kind: 'function', detail: `${each.fetch} -m ${each.match}` };
      return;
    case 'converter':
      for (const each of allConverters()) yield* functionOffer(each, release);
      return;
    case 'function-argument': {
      const { of, index } = expected;
      const kind = kindsOfArguments[of.args[index]?.[0] ?? ''];
      if (kind !== undefined) yield* names(kind, question);
      else if (index === 0 && variableFunctions.has(of.name)) yield* variables(question);
      else if (of.name === 'acl' || (of.name === 'when' && index === 1)) yield* acls(question);
      else if (index === 0 && namesHeader.test(of.name)) for (const label of headers) yield { label, kind: 'value' };
      else if (index === 0 && /_[is]_dn$/.test(of.name)) for (const label of attributes) yield { label, kind: 'value' };
      if (index === 0 && of.name === 'env') yield* environmentOffers(question.analysis);
      else if (index === 0 && /^map(?:_|$)/.test(of.name)) yield* mapsNamed(question);
      else if (index === 0 && of.usage.includes('(<ctr>'))
        for (const label of ['0', '1', '2']) yield { label, kind: 'value' };
      for (const label of wordsOfArgument(of.name, index)) yield { label, kind: 'value' };
      return;
    }
    case 'log-variable':
      for (const each of logAliases.values())
        if (existsIn(each, release)) yield { label: each.name, kind: 'value', documentation: each.summary };
      return;
    case 'flag':
      for (const [label, documentation] of flags) yield { label, kind: 'value', documentation, order: 6 };
      return;
    default:
  }
}

/** Fetches and ACLs whose argument is the name of a header. */
const namesHeader = /^(?:(?:req|res|capture\.req|capture\.res|s)?\.?f?hdr(?:_\w+)?|http_auth_bearer)$/;

/** The parts of a name in a certificate that are asked for most. */
const attributes: readonly string[] = ['CN', 'O', 'OU', 'C', 'L', 'ST', 'emailAddress'];

/** Counters beyond the usual three, as many as `tune.stick-counters` makes. */
function* furtherCounters(ruleSet: string, { analysis, siblings, release }: Question): Iterable<Offer> {
  const last = actionsOf(ruleSet, release).find((each) => each.name === 'track-sc2');
  if (last === undefined) return;
  let count = 0;
  for (const { statements, sections } of [analysis, ...siblings.map((sibling) => sibling.analysis)])
    for (const { type, header, end } of sections)
      if (type === 'global')
        for (const { directive, args } of statements.slice(header + 1, end))
          if (directive?.name === 'tune.stick-counters') count = Number(args[0]?.text);
  // 100 is the most that the program has.
  for (let number = 3; number < Math.min(count, 100); number++)
    yield {
      label: `track-sc${number}`,
      kind: 'function',
      detail: last.usage.replace(last.name, `track-sc${number}`),
      order: 5,
    };
}

const variableFunctions: ReadonlySet<string> = new Set(['var', 'set-var', 'unset-var']);

const variable = /\bvar(?:-fmt)?(?:\(((?:proc|sess|txn|req|res|check)\.[\w.]+)|\s+(proc\.[\w.]+))/y;

/** The variables that the files set or read, with their scope. */
export function* variables({ analysis, siblings }: Question): Iterable<Offer> {
  const found = new Set<string>();
  for (const each of [analysis, ...siblings.map((sibling) => sibling.analysis)])
    for (const [, inside, ofGlobal] of occurrences(each.document.text, 'var', variable))
      found.add(inside ?? ofGlobal ?? '');
  for (const label of found) yield { label, kind: 'reference' };
  for (const each of valuesOf('variable.scope').values())
    yield { label: `${each.name}.`, kind: 'value', documentation: each.summary, order: 6 };
}

export const flags: readonly (readonly [string, string])[] = [
  ['-i', 'Case does not matter.'],
  ['-m', 'Chooses the match method: str, beg, end, sub, reg, ip, int, found …'],
  ['-f', 'Patterns come from a file, one a line.'],
  ['-M', 'The file is a map; its first column holds the patterns.'],
  ['-n', 'No names are resolved.'],
  ['-u', 'Gives the pattern list a number of its own.'],
  ['--', 'Patterns begin behind it, even with a dash.'],
];

const kindsOfArguments: Readonly<Record<string, NameKind>> = {
  T: 'table',
  B: 'backend',
  F: 'frontend',
  S: 'server',
  U: 'userlist',
};

function* functionOffer(each: SampleFunction, release: number): Iterable<Offer> {
  if (!existsIn(each, release)) return;
  const needsArgument = each.leastArguments > 0;
  yield {
    label: each.name,
    kind: 'function',
    detail: each.usage,
    documentation: each.summary,
    ...(needsArgument && { newText: `${each.name}(\${1})`, isSnippet: true }),
    ...(each.replacement !== '' && { deprecated: true, order: 7 }),
  };
}

function* offersOfNode(node: Node, question: Question): Iterable<Offer> {
  if (node.kind === 'literal') {
    yield { label: node.text, kind: 'value' };
    return;
  }
  if (node.kind === 'choice') {
    for (const each of node.alternatives) if (each[0] !== undefined) yield* offersOfNode(each[0], question);
    return;
  }
  for (const { name, summary, listed } of knownValues(node, question.release))
    yield {
      label: name,
      kind: 'value',
      ...(summary !== '' && { documentation: summary }),
      // A file or a name that only the user knows is as likely.
      ...(!listed && { order: 6 }),
    };
  if (node.type === 'enum' || node.type === 'list') {
    for (const label of node.parameter.split('|')) yield { label, kind: 'value' };
  } else if (node.type === 'commalist' && (node.name === 'users' || node.name === 'groups')) {
    const list = question.section?.name?.text ?? '';
    for (const label of accountsOf(question, list, node.name === 'users' ? 'user' : 'group'))
      yield { label, kind: 'reference' };
  } else if (node.type === 'ref') yield* names(node.parameter as NameKind, question);
  else if (node.type === 'serverref') yield* names('server', question);
  else if (node.type === 'aclname') yield* acls(question);
  else if (node.type === 'sample') yield* offersFor(places.sampleFetch, question);
  else if (node.type === 'bindssloption' || node.type === 'serverssloption')
    for (const label of valuesOf('tls.version').keys()) yield { label, kind: 'value', order: 6 };
  else if (node.type === 'logtarget') {
    yield* addressOffers(question);
    for (const { label } of names('ring', question)) yield { label: `ring@${label}`, kind: 'reference' };
    for (const { label } of names('backend', question))
      yield { label: `backend@${label}`, kind: 'reference', order: 6 };
  } else if (ofAddress.has(node.type)) yield* addressOffers(question);
  else if (node.type === 'time' || node.type === 'time_s') yield* withUnits('unit.time', question);
  else if (node.type === 'size') yield* withUnits('unit.size', question);
  else if (node.type === 'sslbindconf') {
    for (const label of ofStore) yield { label, kind: 'keyword' };
    for (const each of bindParams.values())
      if (ofCertificate.test(each.name) && existsIn(each, question.release))
        yield { label: each.name, kind: 'keyword', detail: each.usage, documentation: each.summary };
  }
}

const ofAddress: ReadonlySet<string> = new Set(['bindaddr', 'hostport', 'checkaddr', 'proxyaddr']);

/** A number that is being written, as it is and with each unit behind it. */
function* withUnits(group: string, { typed }: Question): Iterable<Offer> {
  if (!/^\d+$/.test(typed)) return;
  // It comes first, so that the key that ends a line does not add a unit.
  yield { label: typed, kind: 'value', order: 0 };
  for (const { name } of valuesOf(group).values())
    if (/^(?:[um]?s|[mhdkg])$/.test(name)) yield { label: `${typed}${name}`, kind: 'value', order: 6 };
}

/** What a certificate may have that is loaded for one place only, as in a \`crt-store\`. */
const ofStore: readonly string[] = ['crt', 'key', 'ocsp', 'issuer', 'sctl', 'ocsp-update', 'acme', 'domains', 'jwt'];

/** The parameters of `bind` that may differ from one certificate to the next. */
const ofCertificate =
  /^(?:allow-0rtt|alpn|ca-|ciphers|ciphersuites|client-sigalgs|crl-file|curves|ecdhe|no-alpn|no-ca-names|npn|ocsp-update|sigalgs|ssl-m|verify)/;

/** The names of `kind` that the place of the cursor may speak of. */
export function* names(kind: NameKind, question: Question): Iterable<Offer> {
  const { analysis, siblings, section } = question;
  if (kind === 'server') {
    for (const label of section?.facts.servers.keys() ?? []) yield { label, kind: 'reference' };
    if (question.directive === 'use-server') return;
    for (const each of [analysis, ...siblings.map((sibling) => sibling.analysis)])
      for (const other of each.sections)
        if (other.name !== undefined && (other.type === 'backend' || other.type === 'listen'))
          for (const server of other.facts.servers.keys())
            yield { label: `${other.name.text}/${server}`, kind: 'reference', order: 6 };
    return;
  }
  if (kind === 'defaults') {
    // Only what stands above can be taken over.
    for (const { type, name, header } of analysis.sections)
      if (type === kind && name !== undefined && header < question.line)
        yield { label: name.text, kind: 'reference', detail: kind };
  } else for (const label of namesGiven(analysis, kind)) yield { label, kind: 'reference', detail: kind };
  for (const each of siblings)
    if (kind !== 'defaults' || each.before !== false)
      for (const label of namesGiven(each.analysis, kind)) yield { label, kind: 'reference', detail: kind };
}

function* acls({ analysis, section, release }: Question): Iterable<Offer> {
  const { header, end } = section ?? { header: 0, end: 0 };
  for (let line = header + 1; line < end; line++) {
    const statement = analysis.statements[line];
    if (statement?.directive?.name !== 'acl') continue;
    const [name, ...expression] = statement.args;
    if (name !== undefined && !name.open && name.text !== missingWord)
      yield { label: name.text, kind: 'reference', detail: expression.map((each) => each.text).join(' '), order: 4 };
  }
  for (const each of allPredefinedAcls())
    if (existsIn(each, release)) yield { label: each.name, kind: 'reference', detail: each.expression, order: 6 };
}

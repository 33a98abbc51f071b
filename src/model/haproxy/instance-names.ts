import { nearest, nearestName } from '../../base/nearest';
import type { HaproxyAnalysis, Section } from './analysis';
import type { NameIndex } from './outline';
import type { NameKind } from './problem';

/** Sections of one instance by what other sections call them. */
export interface Names {
  find(kind: NameKind, name: string): Section | undefined;
  /** The name that `name` was most likely meant to be. */
  near(kind: NameKind, name: string): string | undefined;
}

/** What sections of a type can be spoken of as. */
export const kindsOfSection: Readonly<Record<string, readonly NameKind[]>> = {
  frontend: ['frontend', 'proxy', 'table'],
  backend: ['backend', 'proxy', 'table'],
  listen: ['frontend', 'backend', 'proxy', 'table'],
  userlist: ['userlist'],
  peers: ['peers'],
  resolvers: ['resolvers'],
  cache: ['cache'],
  mailers: ['mailers'],
  'http-errors': ['http-errors'],
  'fcgi-app': ['fcgi-app'],
  ring: ['ring'],
  'log-profile': ['log-profile'],
  acme: ['acme'],
  healthcheck: ['healthcheck'],
  defaults: ['defaults'],
};

/** The names that `analyses`, the files of one instance in load order, define. */
export function namesOf(analyses: readonly HaproxyAnalysis[]): Names {
  return {
    find(kind, name) {
      for (const each of analyses) {
        const found = indexOf(each).get(kind)?.get(name);
        if (found !== undefined) return each.sections[found];
      }
      return undefined;
    },
    near(kind, name) {
      return nearest(name, [...nearIn(analyses, kind, name)]);
    },
  };
}

/** The nearest name of each file. */
function* nearIn(analyses: readonly HaproxyAnalysis[], kind: NameKind, name: string): Iterable<string> {
  for (const each of analyses) {
    const names = indexOf(each).get(kind);
    const near = names === undefined ? undefined : nearestName(name, names);
    if (near !== undefined) yield near;
  }
}

/** The section of a file that has a name. */
export function sectionNamed(analysis: HaproxyAnalysis, kind: NameKind, name: string): Section | undefined {
  const place = indexOf(analysis).get(kind)?.get(name);
  return place === undefined ? undefined : analysis.sections[place];
}

function indexOf(analysis: HaproxyAnalysis): NameIndex {
  const { outline, sections } = analysis;
  if (outline.names !== undefined) return outline.names;
  const index = new Map<NameKind, Map<string, number>>();
  const define = (kind: NameKind, name: string, place: number): void => {
    let names = index.get(kind);
    if (names === undefined) {
      names = new Map();
      index.set(kind, names);
    }
    if (!names.has(name)) names.set(name, place);
  };
  sections.forEach((section, place) => {
    if (section.name === undefined) return;
    const name = section.name.text;
    for (const kind of kindsOfSection[section.type] ?? []) define(kind, name, place);
    if (section.type !== 'peers') return;
    for (let line = section.header; line < section.end; line++) {
      const statement = analysis.statements[line];
      if (statement?.directive?.name === 'table' && statement.args[0] !== undefined)
        define('table', `${name}/${statement.args[0].text}`, place);
    }
  });
  outline.names = index;
  return index;
}

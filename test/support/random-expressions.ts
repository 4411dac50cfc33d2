import { foldText } from '../../src/fhir/search/fold-text.js';
import type { IndexEntry } from '../../src/fhir/search/index-entry.js';
import { compareBySort, matches } from '../../src/fhir/search/match-index.js';
import { mostAlternatives } from '../../src/fhir/search/parse-parameter.js';
import type {
  Bound,
  EntryTest,
  SearchExpression,
  SearchQuery,
  SortKey,
} from '../../src/fhir/search/search-expression.js';
import {
  codes,
  composites,
  moments,
  numbers,
  randomEntries,
  strings,
  systems,
  targets,
  uris,
  values,
} from './random-entries.js';
import { randomSource, type RandomSource } from './random-source.js';

/** The type of all resources of a case. */
export const randomType = 'Observation';

/** One resource to store: its only version, in the order of arrival. */
export interface RandomResource {
  readonly id: string;
  readonly lastUpdated: string;
  readonly entries: readonly IndexEntry[];
  /** Place in the order of first arrivals. */
  readonly arrival: number;
}

export interface RandomCase {
  readonly resources: readonly RandomResource[];
  readonly queries: readonly SearchQuery[];
}

/**
 * The same seed gives the same resources and queries. Page sizes are from 1 to a fifth of the resources. The last query
 * has as many alternatives as a search may have.
 */
export function randomCase(seed: number, size: { resources: number; queries: number }): RandomCase {
  const random = randomSource(seed);
  const resources = Array.from({ length: size.resources }, (_, arrival) =>
    randomResource(random, { seed, arrival }),
  );
  const ids = resources.map(({ id }) => id);
  const queries = Array.from({ length: size.queries }, (_, place): SearchQuery => ({
    type: randomType,
    where: place === size.queries - 1 ? widest(random) : randomExpression(random, ids, 3),
    sort: randomSort(random),
    limit: 1 + random.whole(Math.max(1, Math.floor(size.resources / 5))),
    total: random.once(2) ? 'accurate' : 'none',
  }));
  return { resources, queries };
}

/** A resource with new entries; drawn again for the same `arrival` it is that resource's next version. */
export function randomResource(
  random: RandomSource,
  { seed, arrival }: { readonly seed: number; readonly arrival: number },
): RandomResource {
  return {
    // Neither in the order of arrival nor against it.
    id: `${(Math.imul(arrival + 1, 0x9e3779b1) >>> 0).toString(36)}-${String(seed)}`,
    lastUpdated: new Date(lastUpdatedFrom + random.whole(20) * 1000).toISOString(),
    entries: randomEntries(random),
    arrival,
  };
}

const lastUpdatedFrom = Date.UTC(2026, 10, 24);

/** Ids of all matches in the order of the query: what its pages, one after the other, must hold. */
export function expectedIds(resources: readonly RandomResource[], query: SearchQuery): string[] {
  return resources
    .map((resource) => ({ ...resource, meta: { id: resource.id, lastUpdated: resource.lastUpdated } }))
    .filter(({ entries, meta }) => matches(query.where, entries, meta))
    .sort((a, b) => compareBySort(query.sort, a, b))
    .map(({ id }) => id);
}

/** `depth` bounds the nesting. */
export function randomExpression(
  random: RandomSource,
  ids: readonly string[],
  depth: number,
): SearchExpression {
  if (depth > 0 && random.once(2)) {
    const inner = (): SearchExpression => randomExpression(random, ids, depth - 1);
    const kind = random.pick(['and', 'or', 'not'] as const);
    return kind === 'not' ? { kind, of: inner() } : { kind, of: random.some(0, 3, inner) };
  }
  switch (
    random.pick(['param', 'param', 'param', 'param', 'composite', 'missing', 'id', 'last-updated'] as const)
  ) {
    case 'param': {
      const kind = random.pick(kinds);
      return {
        kind: 'param',
        code: random.pick<string>([...codes[kind], 'unheard-of']),
        test: randomTest(random, kind),
      };
    }
    case 'composite': {
      const { code, kinds: of } = random.pick(composites);
      return { kind: 'composite', code, components: of.map((kind) => randomTest(random, kind)) };
    }
    case 'missing': {
      const entryKind = random.pick(kinds);
      return { kind: 'missing', code: random.pick<string>(codes[entryKind]), entryKind };
    }
    case 'id':
      return { kind: 'id', ids: random.some(0, 4, () => random.pick([...ids, 'nobody'])) };
    case 'last-updated':
      return { kind: 'last-updated', bounds: randomBounds(random, lastUpdates) };
  }
}

function widest(random: RandomSource): SearchExpression {
  const one = (): SearchExpression => {
    const kind = random.pick(['token', 'reference', 'string', 'date'] as const);
    return { kind: 'param', code: random.pick<string>(codes[kind]), test: randomTest(random, kind) };
  };
  return { kind: 'or', of: random.some(mostAlternatives, mostAlternatives, one) };
}

const kinds = ['string', 'token', 'date', 'number', 'quantity', 'reference', 'uri'] as const;
const lastUpdates = Array.from({ length: 22 }, (_, place) => lastUpdatedFrom + (place - 1) * 1000);

function randomTest(random: RandomSource, kind: IndexEntry['kind']): EntryTest {
  switch (kind) {
    case 'string':
      return randomStringTest(random);
    case 'token': {
      const test = { ...(random.once(2) ? { system: random.pick(systems) } : {}) };
      return random.once(4) && test.system
        ? { kind, system: test.system }
        : { kind, ...test, value: random.pick(values) };
    }
    case 'date':
      return { kind, bounds: randomBounds(random, moments) };
    case 'number':
      return { kind, bounds: randomBounds(random, numbers) };
    case 'quantity': {
      const system = random.once(2) ? { system: random.pick(systems.slice(1)) } : {};
      const value = random.once(2) ? { value: random.pick(values.slice(0, -1)) } : {};
      return { kind, bounds: randomBounds(random, numbers), ...system, ...value };
    }
    case 'reference':
      return { kind, target: random.pick(targets.slice(0, -1)) };
    case 'uri':
      return { kind, value: random.pick(uris) };
  }
}

function randomStringTest(random: RandomSource): EntryTest {
  const exact = random.pick(strings);
  const whole = foldText(exact);
  if (random.once(3)) return { kind: 'string', match: 'exact', folded: whole, exact };
  const characters = [...whole];
  const match = random.pick(['starts', 'contains'] as const);
  const from = match === 'contains' ? random.whole(characters.length) : 0;
  const length = 1 + random.whole(characters.length - from);
  return { kind: 'string', match, folded: characters.slice(from, from + length).join('') };
}

function randomBounds(random: RandomSource, from: readonly number[]): Bound[] {
  return random.some(1, 2, () => ({
    side: random.pick(['low', 'high'] as const),
    op: random.pick(['<', '<=', '>', '>='] as const),
    value: random.pick(from),
  }));
}

function randomSort(random: RandomSource): SortKey {
  const descending = random.once(2);
  const by = random.pick(['first-arrival', 'id', 'last-updated', 'date', 'date'] as const);
  return by === 'date' ? { by, code: random.pick(codes.date), descending } : { by, descending };
}

import type { SearchExpression } from '../../fhir/search/search-expression.js';
import type { EnrolmentCount, Store } from '../../ports/store.js';
import { divisionSystem, domainSystem, reviewSystem } from './registry/records/names.js';
import type { DomainRole } from './registry/held/person-authority.js';

/** How many people a node knows, and how well. */
export interface Population {
  /** Persons with at least one record; those that count here alone (person-authority.ts). */
  readonly persons: number;
  /** Patients that the index has met. */
  readonly records: number;
  /** Institutions that sent them. */
  readonly institutions: number;
  /** Of the records, those with a verified id: 0 to 1, 0 where there are none. */
  readonly verifiedShare: number;
  /** Open Tasks of the stewards' queue, postponed ones included. */
  readonly waitingForReview: number;
  /** Records that say nothing to match on. */
  readonly unmatched: number;
  /** By division of the home. */
  readonly counties: readonly CountyPopulation[];
  /** False while records wait to be met, or have come since these figures were taken. */
  readonly complete: boolean;
}

export interface CountyPopulation {
  /** Six digits (GB/T 2260), '' where records don't tell. */
  readonly division: string;
  /** Persons whose best source lives there. */
  readonly persons: number;
  readonly records: number;
  readonly institutions: number;
  readonly verified: number;
  readonly unmatched: number;
}

export interface PopulationDeps extends DomainRole {
  readonly store: Pick<Store, 'countEnrolled' | 'search'>;
  readonly progress: () => Promise<{ readonly complete: boolean; readonly logEnd: number }>;
}

/** Figures are taken anew after so long, and after so many times as long as taking them took, however often they are asked for. */
const keptMs = 2_000;
const keptTimes = 20;

interface Taken {
  readonly logEnd: number;
  readonly population: Population;
}

export function createPopulation(deps: PopulationDeps): () => Promise<Population> {
  let last: Promise<Taken> | undefined;
  let dueMs = 0;
  return async () => {
    const nowMs = performance.now();
    if (!last || nowMs >= dueMs) {
      dueMs = Infinity;
      last = take(deps).finally(() => {
        const tookMs = performance.now() - nowMs;
        dueMs = performance.now() + Math.max(keptMs, keptTimes * tookMs);
      });
      last.catch(() => (last = undefined));
    }
    const { logEnd, population } = await last;
    const now = await deps.progress();
    return now.logEnd === logEnd ? population : { ...population, complete: false };
  };
}

/** Progress first: what comes while the figures are taken is not promised to be in them. */
async function take({ store, progress, ...role }: PopulationDeps): Promise<Taken> {
  const { complete, logEnd } = await progress();
  const people = peopleOf(role);
  const [counts, persons, waitingForReview] = await Promise.all([
    store.countEnrolled(),
    countMatches(store, 'Person', people),
    countMatches(store, 'Task', openReviews),
  ]);
  const { records, institutions, verified, unmatched } = sumOf('', counts);
  const verifiedShare = records === 0 ? 0 : Number((verified / records).toFixed(4));
  const counties = await byDivision(store, counts, { people, persons });
  return {
    logEnd,
    population: {
      persons,
      records,
      institutions,
      verifiedShare,
      waitingForReview,
      unmatched,
      counties,
      complete,
    },
  };
}

/** A Person that was merged away or retired links to no Patient. */
const withRecords: SearchExpression = {
  kind: 'not',
  of: { kind: 'missing', code: 'patient', entryKind: 'reference' },
};

/**
 * Those of the identity domain: a county that stood alone has made Persons of its own of the same records before it
 * joined the region, and they are held here and there, now as then.
 */
function peopleOf({ nodeId, isDomain }: DomainRole): SearchExpression {
  const own = tagged(domainSystem, nodeId);
  return { kind: 'and', of: [isDomain ? own : { kind: 'not', of: own }, withRecords] };
}

const tagged = (system: string, value: string): SearchExpression => ({
  kind: 'param',
  code: '_tag',
  test: { kind: 'token', system, value },
});

const openReviews: SearchExpression = {
  kind: 'and',
  of: [
    { kind: 'param', code: 'code', test: { kind: 'token', system: reviewSystem } },
    {
      kind: 'or',
      of: ['requested', 'on-hold'].map((value) => ({
        kind: 'param',
        code: 'status',
        test: { kind: 'token', value },
      })),
    },
  ],
};

async function countMatches(
  store: Pick<Store, 'search'>,
  type: string,
  where: SearchExpression,
): Promise<number> {
  const sort = { by: 'first-arrival', descending: false } as const;
  const { total = 0 } = await store.search({ type, where, sort, limit: 0, total: 'accurate' });
  return total;
}

/** One division after the other: the reader threads serve others too. Whoever lives nowhere that is told is the rest. */
async function byDivision(
  store: Pick<Store, 'search'>,
  counts: readonly EnrolmentCount[],
  { people, persons }: { readonly people: SearchExpression; readonly persons: number },
): Promise<CountyPopulation[]> {
  const rows = new Map<string, EnrolmentCount[]>();
  for (const count of counts) {
    const row = rows.get(count.division);
    if (row) row.push(count);
    else rows.set(count.division, [count]);
  }
  const counties: CountyPopulation[] = [];
  let rest = persons;
  for (const division of [...rows.keys()].sort().reverse()) {
    const there: SearchExpression = { kind: 'and', of: [tagged(divisionSystem, division), people] };
    const here = division === '' ? rest : await countMatches(store, 'Person', there);
    rest -= here;
    counties.unshift({ ...sumOf(division, rows.get(division) ?? []), persons: Math.max(0, here) });
  }
  return counties;
}

function sumOf(division: string, counts: readonly EnrolmentCount[]): Omit<CountyPopulation, 'persons'> {
  const sum = (included: (count: EnrolmentCount) => boolean): number =>
    counts.filter(included).reduce((total, { n }) => total + n, 0);
  return {
    division,
    records: sum(() => true),
    institutions: new Set(counts.filter(({ n }) => n > 0).map(({ source }) => source)).size,
    verified: sum(({ verified }) => verified),
    unmatched: sum(({ matchable }) => !matchable),
  };
}

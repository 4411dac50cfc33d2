import type { SearchExpression } from '../../fhir/search/search-expression.js';
import type { EnrolmentCount, Store } from '../../ports/store.js';
import { reviewSystem } from './registry/names.js';

/** How many people a node knows, and how well. */
export interface Population {
  /** Persons with at least one record. */
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
  readonly records: number;
  readonly institutions: number;
  readonly verified: number;
  readonly unmatched: number;
}

export interface PopulationDeps {
  readonly store: Pick<Store, 'countEnrolled' | 'search'>;
  readonly progress: () => Promise<{ readonly complete: boolean; readonly logEnd: number }>;
}

/** Figures are taken anew after so long, however often they are asked for. */
const keptMs = 2_000;

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
      dueMs = nowMs + keptMs;
      last = take(deps);
      last.catch(() => (last = undefined));
    }
    const { logEnd, population } = await last;
    const now = await deps.progress();
    return now.logEnd === logEnd ? population : { ...population, complete: false };
  };
}

/** Progress first: what comes while the figures are taken is not promised to be in them. */
async function take({ store, progress }: PopulationDeps): Promise<Taken> {
  const { complete, logEnd } = await progress();
  const [counts, persons, waitingForReview] = await Promise.all([
    store.countEnrolled(),
    countMatches(store, 'Person', withRecords),
    countMatches(store, 'Task', openReviews),
  ]);
  const { records, institutions, verified, unmatched } = sumOf('', counts);
  const verifiedShare = records === 0 ? 0 : Number((verified / records).toFixed(4));
  const counties = byDivision(counts);
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

function byDivision(counts: readonly EnrolmentCount[]): CountyPopulation[] {
  const rows = new Map<string, EnrolmentCount[]>();
  for (const count of counts) {
    const row = rows.get(count.division);
    if (row) row.push(count);
    else rows.set(count.division, [count]);
  }
  return [...rows.keys()].sort().map((division) => sumOf(division, rows.get(division) ?? []));
}

function sumOf(division: string, counts: readonly EnrolmentCount[]): CountyPopulation {
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

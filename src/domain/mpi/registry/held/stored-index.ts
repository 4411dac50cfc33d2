import { fhirError } from '../../../../fhir/fhir-error.js';
import type { ResourceKey } from '../../../../fhir/key.js';
import type { SearchExpression } from '../../../../fhir/search/search-expression.js';
import type { SearchMatch, Store, StoredVersion } from '../../../../ports/store.js';
import { readDecision, type StandingDecision } from '../records/decision.js';
import { reviewSystem } from '../records/names.js';
import { readPerson, type Person } from '../records/person.js';
import { readReviewTask, type ReviewTask } from '../records/review-task.js';

/* Reads Persons, decisions and Tasks of the person index by the Patients that they name. */

export type SearchingStore = Pick<Store, 'search' | 'read' | 'history'>;

/** Patients that one search names. */
const mostAsked = 200;
/** Linkages of a page, each of which may name many Patients. */
const linkagesRead = 50;
/** A Person that changes between its search and its read is searched for again, so often. */
const mostSearches = 10;

/** Active Persons that list one of the Patients, each as it stood when it was found to list it. */
export async function findPersons(
  store: SearchingStore,
  patients: readonly string[],
): Promise<StoredVersion[]> {
  const found = new Map<string, StoredVersion>();
  for (const asked of portionsOf(patients)) {
    const where = anyReference('link', 'Patient', asked);
    for (const version of await findWhole(store, { type: 'Person', where }))
      found.set(version.key.id, version);
  }
  return [...found.values()];
}

async function findWhole(store: SearchingStore, asked: Asked): Promise<StoredVersion[]> {
  for (let search = 0; search < mostSearches; search++) {
    const matches = await searchAll(store, asked);
    const read = await store.read(matches.map(({ key }) => key));
    const versions = read.filter((version, place) => version?.body === matches[place]?.body);
    if (versions.length === matches.length) return versions as StoredVersion[];
  }
  throw fhirError('busy', 'transient', 'The person index changes faster than it can be read');
}

/** Ids of the Persons that were merged into one, directly. */
export async function findMergedInto(store: SearchingStore, id: string): Promise<string[]> {
  const where = anyReference('link', 'Person', [id]);
  return (await searchAll(store, { type: 'Person', where })).map(({ key }) => key.id);
}

/** The last version of a Person that was active; undefined where none is held. */
export async function findLastActive(store: SearchingStore, id: string): Promise<Person | undefined> {
  const scope = { kind: 'instance', key: { type: 'Person', id } } as const;
  for (let cursor: string | undefined; ;) {
    const page = await store.history(scope, { limit: 20, ...(cursor === undefined ? {} : { cursor }) });
    const persons = page.versions.flatMap(({ deleted, body }) => (deleted ? [] : [readPerson(body)]));
    const person = persons.find(({ active }) => active);
    cursor = page.nextCursor;
    if (person !== undefined || cursor === undefined) return person;
  }
}

/** Decisions that stand and name one of the Patients. */
export async function findDecisions(
  store: SearchingStore,
  patients: readonly string[],
): Promise<StandingDecision[]> {
  const versions = await store.read(await findLinkages(store, patients));
  return versions.flatMap((version) => {
    const decision = version && readDecision(version);
    return decision ? [decision] : [];
  });
}

/** Linkages that name one of the Patients, undone ones too. */
export async function findLinkages(
  store: SearchingStore,
  patients: readonly string[],
): Promise<ResourceKey[]> {
  const keys = new Map<string, ResourceKey>();
  for (const asked of portionsOf(patients)) {
    const where = anyReference('item', 'Patient', asked);
    for (const { key } of await searchAll(store, { type: 'Linkage', where })) keys.set(key.id, key);
  }
  return [...keys.values()];
}

/** All Linkages of the node, undone ones too, a page at a time in the order of their arrival. */
export async function* linkagePages(
  store: Pick<Store, 'search' | 'read'>,
): AsyncGenerator<readonly StoredVersion[], void> {
  for (let cursor: string | undefined; ;) {
    const page = await store.search({
      type: 'Linkage',
      where: { kind: 'and', of: [] },
      sort,
      limit: linkagesRead,
      total: 'none',
      ...(cursor === undefined ? {} : { cursor }),
    });
    const versions = await store.read(page.matches.map(({ key }) => key));
    yield versions.filter((version) => version !== undefined);
    cursor = page.nextCursor;
    if (cursor === undefined) return;
  }
}

/** Every decision that stands at the node. */
export async function allDecisions(store: Pick<Store, 'search' | 'read'>): Promise<StandingDecision[]> {
  const decisions: StandingDecision[] = [];
  for await (const versions of linkagePages(store)) {
    decisions.push(...versions.flatMap((version) => readDecision(version) ?? []));
  }
  return decisions;
}

/** Open Tasks of the queue about one of the Patients. */
export async function findOpenTasks(
  store: SearchingStore,
  patients: readonly string[],
): Promise<ReviewTask[]> {
  const tasks = new Map<string, ReviewTask>();
  for (const asked of portionsOf(patients)) {
    const of = ['patient', 'focus'].map((code) => anyReference(code, 'Patient', asked));
    const where: SearchExpression = { kind: 'and', of: [{ kind: 'or', of }, reviewTasks, open] };
    for (const { key, body } of await searchAll(store, { type: 'Task', where })) {
      const task = readReviewTask(body);
      if (task) tasks.set(key.id, task);
    }
  }
  return [...tasks.values()];
}

export const holdsDecisions = (store: SearchingStore): Promise<boolean> =>
  holdsAny(store, { type: 'Linkage', where: { kind: 'and', of: [] } });

export const holdsReviews = (store: SearchingStore): Promise<boolean> =>
  holdsAny(store, { type: 'Task', where: reviewTasks });

const reviewTasks: SearchExpression = {
  kind: 'param',
  code: 'code',
  test: { kind: 'token', system: reviewSystem },
};

const open: SearchExpression = {
  kind: 'or',
  of: ['requested', 'on-hold'].map((value) => ({
    kind: 'param',
    code: 'status',
    test: { kind: 'token', value },
  })),
};

const anyReference = (code: string, type: string, ids: readonly string[]): SearchExpression => ({
  kind: 'or',
  of: ids.map((id) => ({ kind: 'param', code, test: { kind: 'reference', target: `${type}/${id}` } })),
});

function* portionsOf(ids: readonly string[]): Iterable<readonly string[]> {
  for (let from = 0; from < ids.length; from += mostAsked) yield ids.slice(from, from + mostAsked);
}

interface Asked {
  readonly type: string;
  readonly where: SearchExpression;
}

const sort = { by: 'first-arrival', descending: false } as const;

async function holdsAny(store: SearchingStore, { type, where }: Asked): Promise<boolean> {
  const { matches } = await store.search({ type, where, sort, limit: 1, total: 'none' });
  return matches.length > 0;
}

const pageSize = 100;

/** All matches, page by page: what concerns a group of records is little. */
async function searchAll(store: SearchingStore, { type, where }: Asked): Promise<SearchMatch[]> {
  const found: SearchMatch[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await store.search({
      type,
      where,
      sort,
      limit: pageSize,
      total: 'none',
      ...(cursor === undefined ? {} : { cursor }),
    });
    found.push(...page.matches);
    cursor = page.nextCursor;
    if (cursor === undefined) return found;
  }
}

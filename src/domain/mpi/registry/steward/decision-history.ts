import { fhirError } from '../../../../fhir/fhir-error.js';
import type { ResourceKey } from '../../../../fhir/key.js';
import { decodeCursor, encodeCursor } from '../../../../fhir/page-cursor.js';
import type { HistoryPage, HistoryResult, StoredVersion } from '../../../../ports/store.js';
import { readPerson } from '../records/person.js';
import { findLinkages, type SearchingStore } from '../held/stored-index.js';

/**
 * How a Person came to be what it is: its versions, each with the evidence of its links, and the versions of every
 * Linkage that names a Patient that it ever had, the newest first. Throws `not-found`.
 */
export async function decisionHistory(
  store: SearchingStore,
  person: string,
  { limit, since, cursor }: HistoryPage,
): Promise<HistoryResult> {
  const own = await allVersions(store, { type: 'Person', id: person });
  if (own.length === 0) throw fhirError('not-found', 'not-found', 'No such Person at this node');
  const patients = new Set(
    own.flatMap(({ deleted, body }) =>
      deleted ? [] : readPerson(body).members.map(({ patient }) => patient),
    ),
  );
  const linkages: StoredVersion[] = [];
  for (const key of await findLinkages(store, [...patients]))
    linkages.push(...(await allVersions(store, key)));
  const versions = [...own, ...linkages]
    .filter(({ arrivedAt }) => since === undefined || arrivedAt >= since)
    .sort((one, other) => (placeOf(one) < placeOf(other) ? 1 : -1));
  const order = `decisions ${person}`;
  const after = cursor === undefined ? undefined : String(decodeCursor(order, cursor).value);
  const rest = versions.filter((version) => after === undefined || placeOf(version) < after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    versions: page,
    total: versions.length,
    ...(last && rest.length > limit
      ? { nextCursor: encodeCursor(order, { value: placeOf(last), row: 0 }) }
      : {}),
  };
}

/** Sorts by time; what was committed together, by name. */
const placeOf = ({ lastUpdated, key, versionId }: StoredVersion): string =>
  `${lastUpdated} ${key.type} ${key.id} ${String(versionId).padStart(9, '0')}`;

async function allVersions(store: SearchingStore, key: ResourceKey): Promise<StoredVersion[]> {
  const versions: StoredVersion[] = [];
  for (let cursor: string | undefined; ;) {
    const scope = { kind: 'instance', key } as const;
    const page = await store.history(scope, { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    versions.push(...page.versions);
    cursor = page.nextCursor;
    if (cursor === undefined) return versions;
  }
}

import { fhirError } from '../../fhir/fhir-error.js';
import { dayNumber, dayText } from '../../fhir/instant.js';
import { toReference } from '../../fhir/key.js';
import type { DigestRow, DigestScope, VersionList } from '../../ports/store.js';
import type { Collections } from './schema.js';

function scopeFilter({ owner, source, type, day }: DigestScope) {
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(day === undefined ? {} : { day: dayNumber(day) }),
    ...(source === undefined ? {} : { source }),
    ...(type === undefined ? {} : { type }),
  };
}

interface SumRow {
  readonly _id: {
    readonly owner: string;
    readonly source: string;
    readonly type: string;
    readonly day: number;
  };
  readonly n: number;
  readonly first: number;
  readonly second: number;
}

/** Sums by owner × source × type × day of every version held; 64-bit integers, so that none is rounded. */
export async function readDigests({ versions }: Collections, scope: DigestScope): Promise<DigestRow[]> {
  const modulus = 2 ** 32;
  const rows = await versions
    .aggregate<SumRow>([
      { $match: scopeFilter(scope) },
      {
        $group: {
          _id: { owner: '$owner', source: '$source', type: '$type', day: '$day' },
          n: { $sum: 1 },
          first: { $sum: { $toLong: '$first' } },
          second: { $sum: { $toLong: '$second' } },
        },
      },
      { $set: { first: { $mod: ['$first', modulus] }, second: { $mod: ['$second', modulus] } } },
    ])
    .toArray();
  return rows.map(({ _id, n, first, second }) => ({
    owner: _id.owner,
    source: _id.source,
    type: _id.type,
    day: dayText(_id.day),
    n,
    digest: [Number(first), Number(second)],
  }));
}

/** In the order of type, id and version. */
export async function listVersions(
  { versions }: Collections,
  scope: DigestScope,
  page: { readonly after?: string; readonly limit: number },
): Promise<VersionList> {
  const after = page.after === undefined ? undefined : parseAfter(page.after);
  const beyond = after ? { $or: [{ key: { $gt: after.key } }, { key: after.key, n: { $gt: after.n } }] } : {};
  const docs = await versions
    .find({ ...scopeFilter(scope), ...beyond })
    .project<{ key: string; type: string; id: string; n: number; hash: string; labels: string[] }>({
      key: 1,
      type: 1,
      id: 1,
      n: 1,
      hash: 1,
      labels: 1,
    })
    .sort({ key: 1, n: 1 })
    .limit(page.limit + 1)
    .toArray();
  const listed = docs
    .slice(0, page.limit)
    .map(({ type, id, n, hash, labels }) => ({ key: { type, id }, versionId: n, hash, labels }));
  const last = listed.at(-1);
  if (!last || docs.length <= page.limit) return { versions: listed };
  return { versions: listed, next: JSON.stringify([toReference(last.key), last.versionId]) };
}

function parseAfter(after: string): { readonly key: string; readonly n: number } {
  try {
    const [key, n] = JSON.parse(after) as unknown[];
    if (typeof key === 'string' && typeof n === 'number') return { key, n };
  } catch {
    // Told below.
  }
  throw fhirError('malformed', 'invalid', 'The place in the list of versions can’t be read');
}

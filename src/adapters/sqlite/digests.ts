import { fhirError } from '../../fhir/fhir-error.js';
import { dayNumber, dayText } from '../../fhir/instant.js';
import type { DigestRow, DigestScope, VersionList } from '../../ports/store.js';
import { prepareQuery, type Database, type SqlValue } from './driver.js';
import { createNames, type Names } from './names.js';

interface Condition {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** Undefined where nothing of the scope was ever held. */
function conditionOf(scope: DigestScope, names: Names): Condition | undefined {
  const terms: string[] = [];
  const values: SqlValue[] = [];
  const named: [string, number | undefined, string | undefined][] = [
    ['owner', scope.owner === undefined ? undefined : names.party(scope.owner), scope.owner],
    ['day', scope.day === undefined ? undefined : dayNumber(scope.day), scope.day],
    ['source', scope.source === undefined ? undefined : names.party(scope.source), scope.source],
    ['type', scope.type === undefined ? undefined : names.type(scope.type), scope.type],
  ];
  for (const [column, number, asked] of named) {
    if (asked === undefined) continue;
    if (number === undefined) return undefined;
    terms.push(`d.${column} = ?`);
    values.push(number);
  }
  return { text: terms.length === 0 ? '1' : terms.join(' AND '), values };
}

/** Sums by owner × source × type × day, of every version held, along the digest table's own order. */
export function createDigests(database: Database): (scope: DigestScope) => DigestRow[] {
  const names = createNames(database);
  return (scope) => {
    const condition = conditionOf(scope, names);
    if (!condition) return [];
    return prepareQuery<[number, number, number, number, number, number, number]>(
      database,
      `SELECT owner, day, source, type, count(*), sum(first) % 4294967296, sum(second) % 4294967296
       FROM version_digest d WHERE ${condition.text} GROUP BY owner, day, source, type`,
    )
      .all(...condition.values)
      .map(([owner, day, source, type, n, first, second]) => ({
        owner: names.partyName(owner),
        source: names.partyName(source),
        type: names.typeName(type),
        day: dayText(day),
        n,
        digest: [first, second],
      }));
  };
}

type Columns = [type: number, id: string, versionId: number, hash: string, routing: string];

/** In the order of type, id and version within the scope; with owner, day, source and type given it follows an index. */
export function createVersionLists(
  database: Database,
): (scope: DigestScope, page: { readonly after?: string; readonly limit: number }) => VersionList {
  const names = createNames(database);
  return (scope, page) => {
    const condition = conditionOf(scope, names);
    if (!condition) return { versions: [] };
    const after = page.after === undefined ? undefined : parseAfter(page.after);
    const beyond = after ? ' AND (t.name, d.id, d.version_id) > (?, ?, ?)' : '';
    // Known types are compared by number alone, so that the order of the digest table serves.
    const oneType = scope.type !== undefined;
    const order = oneType ? 'd.id, d.version_id' : 't.name, d.id, d.version_id';
    const rows = prepareQuery<Columns>(
      database,
      `SELECT d.type, d.id, d.version_id, lower(hex(v.hash)), o.content
       FROM version_digest d CROSS JOIN type t ON t.type = d.type CROSS JOIN version v ON v.seq = d.seq
       CROSS JOIN routing o ON o.routing = v.routing
       WHERE ${condition.text}${oneType && after ? ' AND (d.id, d.version_id) > (?, ?)' : beyond}
       ORDER BY ${order} LIMIT ?`,
    ).all(...condition.values, ...(after ? (oneType ? after.slice(1) : after) : []), page.limit + 1);
    const versions = rows.slice(0, page.limit).map(([type, id, versionId, hash, routing]) => ({
      key: { type: names.typeName(type), id },
      versionId,
      hash,
      labels: (JSON.parse(routing) as [string[], string[]])[1],
    }));
    const last = versions.at(-1);
    if (!last || rows.length <= page.limit) return { versions };
    return { versions, next: JSON.stringify([last.key.type, last.key.id, last.versionId]) };
  };
}

function parseAfter(after: string): [string, string, number] {
  try {
    const [type, id, versionId] = JSON.parse(after) as unknown[];
    if (typeof type === 'string' && typeof id === 'string' && typeof versionId === 'number') {
      return [type, id, versionId];
    }
  } catch {
    // Told below.
  }
  throw fhirError('malformed', 'invalid', 'The place in the list of versions can’t be read');
}

import { lanes } from '../../fhir/lane.js';
import type { IndexKind } from '../../fhir/search/index-entry.js';
import type { Origin, Routing } from '../../ports/store.js';
import { prepareQuery, type Database, type SqlValue } from './driver.js';

/** Number of a kind of index entry as it stands in shape_param. */
export const kindNumbers: Readonly<Record<IndexKind, number>> = {
  string: 0,
  token: 1,
  date: 2,
  number: 3,
  quantity: 4,
  reference: 5,
  uri: 6,
};

export interface OriginNumbers {
  readonly origin: number;
  readonly owner: number;
  readonly source: number;
  readonly lane: number;
}

/** The writer's numbers for names: looked up once, made where they are new. */
export interface Dictionary {
  type(name: string): number;
  param(type: number, code: string): number;
  party(name: string): number;
  origin(origin: Origin): OriginNumbers;
  routing(routing: Routing): number;
  /** `pairs`: parameter and kind of each entry, `param:kind`, without duplicates. */
  shape(pairs: readonly string[]): number;
  /** Changes with every rollback: numbers made before it may be gone. */
  epoch(): number;
  rolledBack(): void;
}

export function createDictionary(database: Database): Dictionary {
  let epoch = 0;
  const types = new Map<string, number>();
  const params = new Map<string, number>();
  const parties = new Map<string, number>();
  // By identity: the rows of one unit share their origins and routings.
  let origins = new WeakMap<Origin, OriginNumbers>();
  let routings = new WeakMap<Routing, number>();
  const shapes = new Map<string, number>();
  const numberIn = {
    type: numbering(database, { table: 'type', columns: ['name'] }),
    param: numbering(database, { table: 'param', columns: ['type', 'code'] }),
    party: numbering(database, { table: 'party', columns: ['name'] }),
    origin: numbering(database, { table: 'origin', columns: ['owner', 'source', 'received_from', 'lane'] }),
    routing: numbering(database, { table: 'routing', columns: ['content'] }),
    shape: numbering(database, { table: 'shape', columns: ['content'] }),
  };
  const addShapeParam = database.prepare('INSERT OR IGNORE INTO shape_param VALUES (?, ?, ?)');

  const party = (name: string): number => kept(parties, name, () => numberIn.party(name));
  return {
    type: (name) => kept(types, name, () => numberIn.type(name)),
    param: (type, code) => kept(params, `${String(type)}:${code}`, () => numberIn.param(type, code)),
    party,
    origin: (origin) =>
      kept(origins, origin, ({ owner, source, receivedFrom, lane }) => ({
        origin: numberIn.origin(owner, source, receivedFrom, lane),
        owner: party(owner),
        source: party(source),
        lane: lanes.indexOf(lane),
      })),
    routing: (routing) =>
      kept(routings, routing, ({ profiles, labels }) => numberIn.routing(JSON.stringify([profiles, labels]))),
    shape(pairs) {
      const content = [...pairs].sort().join(' ');
      return kept(shapes, content, () => {
        const shape = numberIn.shape(content);
        for (const pair of pairs) {
          const [param, kind] = pair.split(':');
          addShapeParam.run(Number(param), Number(kind), shape);
        }
        return shape;
      });
    },
    epoch: () => epoch,
    rolledBack() {
      epoch += 1;
      for (const map of [types, params, parties, shapes]) map.clear();
      origins = new WeakMap();
      routings = new WeakMap();
    },
  };
}

interface Known<Name, Value> {
  get(name: Name): Value | undefined;
  set(name: Name, value: Value): unknown;
}

function kept<Name, Value>(known: Known<Name, Value>, name: Name, find: (name: Name) => Value): Value {
  const value = known.get(name);
  if (value !== undefined) return value;
  const found = find(name);
  known.set(name, found);
  return found;
}

/** The number of a row with such columns, inserted where there is none. */
function numbering(
  database: Database,
  { table, columns }: { readonly table: string; readonly columns: readonly string[] },
): (...values: SqlValue[]) => number {
  const find = prepareQuery<[number]>(
    database,
    `SELECT ${table} FROM ${table} WHERE ${columns.map((column) => `${column} = ?`).join(' AND ')}`,
  );
  const insert = database.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  return (...values) => {
    const found = find.get(...values);
    if (found) return found[0];
    insert.run(...values);
    const made = find.get(...values);
    if (!made) throw new Error(`no number was made in ${table}`);
    return made[0];
  };
}

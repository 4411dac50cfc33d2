import { prepareQuery, type Database } from './driver.js';

/** A reader's view of the dictionaries: numbers are looked up, never made. */
export interface Names {
  type(name: string): number | undefined;
  param(type: number, code: string): number | undefined;
  party(name: string): number | undefined;
  typeName(type: number): string;
  partyName(party: number): string;
  /** After a rollback on the same connection. */
  forget(): void;
}

export function createNames(database: Database): Names {
  const types = lookup<string, number>(database, 'SELECT type FROM type WHERE name = ?');
  const parties = lookup<string, number>(database, 'SELECT party FROM party WHERE name = ?');
  const typeNames = lookup<number, string>(database, 'SELECT name FROM type WHERE type = ?');
  const partyNames = lookup<number, string>(database, 'SELECT name FROM party WHERE party = ?');
  const findParam = prepareQuery<[number]>(database, 'SELECT param FROM param WHERE type = ? AND code = ?');
  const params = new Map<number, Map<string, number>>();
  return {
    type: types.find,
    param(type, code) {
      let ofType = params.get(type);
      if (!ofType) params.set(type, (ofType = new Map<string, number>()));
      const param = ofType.get(code) ?? findParam.get(type, code)?.[0];
      if (param !== undefined) ofType.set(code, param);
      return param;
    },
    party: parties.find,
    typeName: (type) => typeNames.find(type) ?? '',
    partyName: (party) => partyNames.find(party) ?? '',
    forget() {
      for (const each of [types, parties, typeNames, partyNames]) each.forget();
      params.clear();
    },
  };
}

interface Lookup<Name, Found> {
  readonly find: (name: Name) => Found | undefined;
  readonly forget: () => void;
}

/** Keeps what was found; what is not there may be made at any time by the writer. */
function lookup<Name extends string | number, Found extends string | number>(
  database: Database,
  sql: string,
): Lookup<Name, Found> {
  const query = prepareQuery<[Found]>(database, sql);
  const known = new Map<Name, Found>();
  return {
    find(name) {
      const value = known.get(name) ?? query.get(name)?.[0];
      if (value !== undefined) known.set(name, value);
      return value;
    },
    forget: () => known.clear(),
  };
}

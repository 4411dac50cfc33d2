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
  const types = lookup<number>(database, 'SELECT type FROM type WHERE name = ?');
  const params = lookup<number>(database, 'SELECT param FROM param WHERE type = ? AND code = ?');
  const parties = lookup<number>(database, 'SELECT party FROM party WHERE name = ?');
  const typeNames = lookup<string>(database, 'SELECT name FROM type WHERE type = ?');
  const partyNames = lookup<string>(database, 'SELECT name FROM party WHERE party = ?');
  return {
    type: (name) => types.find(name),
    param: (type, code) => params.find(type, code),
    party: (name) => parties.find(name),
    typeName: (type) => typeNames.find(type) ?? '',
    partyName: (party) => partyNames.find(party) ?? '',
    forget() {
      for (const each of [types, params, parties, typeNames, partyNames]) each.forget();
    },
  };
}

interface Lookup<Found> {
  find(...values: (string | number)[]): Found | undefined;
  forget(): void;
}

/** Keeps what was found; what is not there may be made at any time by the writer. */
function lookup<Found extends string | number>(database: Database, sql: string): Lookup<Found> {
  const query = prepareQuery<[Found]>(database, sql);
  const known = new Map<string, Found>();
  return {
    find(...values) {
      const name = values.join('\n');
      const value = known.get(name) ?? query.get(...values)?.[0];
      if (value !== undefined) known.set(name, value);
      return value;
    },
    forget: () => known.clear(),
  };
}

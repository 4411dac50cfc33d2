import { createHash } from 'node:crypto';

/** What is sent in one request: a batch or transaction Bundle. */
export interface LoadUnit {
  /** Where it comes from, as the user knows it: a file, or lines of one. */
  readonly name: string;
  /** JSON text of the Bundle. */
  readonly text: string;
  readonly kind: 'batch' | 'transaction';
  /** What the user knows each entry by; absent for a Bundle, whose entries are counted from 1. */
  readonly rows?: readonly string[];
}

/**
 * The same content has the same id, so that a server that keeps X-Request-IDs answers a repeat, or a second load, as it
 * did the first and stores nothing twice.
 */
export const requestIdOf = (unit: LoadUnit): string =>
  `load-${createHash('sha256').update(unit.text).digest('hex').slice(0, 40)}`;

/** A record of a file of records. */
export interface LoadRow {
  readonly name: string;
  /** JSON text of a resource. */
  readonly text: string;
  readonly type: string;
  readonly id?: string;
}

/** Records as one batch: PUT where they have an id, so that references between them hold, else POST. */
export function unitOfRows(name: string, rows: readonly LoadRow[]): LoadUnit {
  const entries = rows.map(({ text, type, id }) => {
    const request =
      id === undefined ? { method: 'POST', url: type } : { method: 'PUT', url: `${type}/${id}` };
    return `{"resource":${text},"request":${JSON.stringify(request)}}`;
  });
  return {
    name,
    kind: 'batch',
    text: `{"resourceType":"Bundle","type":"batch","entry":[${entries.join(',')}]}`,
    rows: rows.map((row) => row.name),
  };
}

import { dayNumber, dayText } from '../../fhir/instant.js';
import type { CountQuery, CountRow, CountSeries } from '../../ports/store.js';
import { prepareQuery, type Database, type SqlValue } from './driver.js';

/** Sums of one group, written once before its commit. */
export interface CountRows {
  add(count: Counted): void;
  /** Writes what was added since the last flush. */
  flush(): void;
  /** Forgets what was added since `mark`. */
  mark(): void;
  rollBack(): void;
}

export interface Counted {
  readonly series: CountSeries;
  readonly day: number;
  readonly type: string;
  readonly source: string;
  readonly peer: string;
  readonly n: number;
  readonly bytes: number;
}

export function createCountRows(database: Database): CountRows {
  const upsert = database.prepare(
    `INSERT INTO count VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET n = n + excluded.n, bytes = bytes + excluded.bytes`,
  );
  let settled = new Map<string, Counted>();
  let open = new Map<string, Counted>();
  return {
    add: (count) => void addTo(open, count),
    mark() {
      for (const count of open.values()) addTo(settled, count);
      open = new Map();
    },
    rollBack: () => void (open = new Map()),
    flush() {
      for (const count of [...settled.values(), ...open.values()]) {
        const { series, day, type, source, peer, n, bytes } = count;
        upsert.run(series, day, type, source, peer, n, bytes);
      }
      settled = new Map();
      open = new Map();
    },
  };
}

function addTo(sums: Map<string, Counted>, count: Counted): void {
  const name = `${count.series}\n${String(count.day)}\n${count.type}\n${count.source}\n${count.peer}`;
  const sum = sums.get(name);
  sums.set(name, sum ? { ...sum, n: sum.n + count.n, bytes: sum.bytes + count.bytes } : count);
}

type Columns = [CountSeries, number, string, string, string, number, number];

export function readCounts(database: Database, query: CountQuery): CountRow[] {
  const terms: string[] = [];
  const values: SqlValue[] = [];
  const add = (term: string, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    terms.push(term);
    values.push(value);
  };
  add('series = ?', query.series);
  add('day >= ?', query.from === undefined ? undefined : dayNumber(query.from));
  add('day <= ?', query.to === undefined ? undefined : dayNumber(query.to));
  const where = terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`;
  return prepareQuery<Columns>(
    database,
    `SELECT series, day, type, source, peer, n, bytes FROM count ${where}
     ORDER BY series, day, type, source, peer`,
  )
    .all(...values)
    .map(([series, day, type, source, peer, n, bytes]) => ({
      series,
      day: dayText(day),
      type,
      source,
      peer,
      n,
      bytes,
    }));
}

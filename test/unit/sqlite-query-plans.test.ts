import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import {
  closeDatabase,
  openDatabase,
  prepareQuery,
  type Database,
  type SqlValue,
} from '../../src/adapters/sqlite/driver.js';
import { openGroupWriter } from '../../src/adapters/sqlite/group.js';
import { encodeUnit } from '../../src/adapters/sqlite/messages.js';
import { createSearch } from '../../src/adapters/sqlite/search.js';
import { pageStatements } from '../../src/adapters/sqlite/search-page.js';
import type { SearchPlan } from '../../src/adapters/sqlite/search-plan.js';
import type {
  Bound,
  SearchExpression,
  SearchQuery,
  SortKey,
} from '../../src/fhir/search/search-expression.js';
import { everything, hasToken, put, query, token, unitOf } from '../contract/store-units.js';

const subject = (target: string): SearchExpression => ({
  kind: 'param',
  code: 'subject',
  test: { kind: 'reference', target },
});
const name = (match: 'starts' | 'contains', folded: string): SearchExpression => ({
  kind: 'param',
  code: 'name',
  test: { kind: 'string', match, folded },
});
const date = (...bounds: Bound[]): SearchExpression => ({
  kind: 'param',
  code: 'date',
  test: { kind: 'date', bounds },
});
const all = (...of: SearchExpression[]): SearchExpression => ({ kind: 'and', of });
const from = (value: number): Bound => ({ side: 'high', op: '>=', value });
const until = (value: number): Bound => ({ side: 'high', op: '<=', value });
const quantity: SearchExpression = {
  kind: 'param',
  code: 'value-quantity',
  test: { kind: 'quantity', bounds: [{ side: 'high', op: '>', value: 3 }] },
};
const byDate: SortKey = { by: 'date', code: 'date', descending: true };
const byUpdate: SortKey = { by: 'last-updated', descending: true };

interface Shape {
  readonly name: string;
  readonly query: SearchQuery;
  readonly draw: SearchPlan['draw']['from'];
  /** The driving step of the page's first statement. */
  readonly along: string;
  /** Sorts what it has drawn: few rows, never more. */
  readonly sorts?: boolean;
}

/*
 * Searches as they come, in a store of 1,500 Observations: all have status final, 15 a subject, a date each. None may
 * read a whole table; only what was drawn because it is little may be sorted.
 */
const shapes: readonly Shape[] = [
  {
    name: 'a token that all have',
    query: query(hasToken('status', 'final')),
    draw: 'ordered',
    along: 'd PRIMARY KEY (param=? AND value=?',
  },
  {
    name: 'a reference',
    query: query(subject('Patient/3')),
    draw: 'ordered',
    along: 'd PRIMARY KEY (param=? AND value=?',
  },
  {
    name: 'two tokens that many have',
    query: query(all(hasToken('status', 'final'), hasToken('code', 'often'))),
    draw: 'ordered',
    along: 'd PRIMARY KEY (param=? AND value=?',
  },
  {
    name: 'a reference and a token',
    query: query(all(hasToken('status', 'final'), subject('Patient/3'))),
    draw: 'few',
    along: 'd PRIMARY KEY (param=? AND value=?)',
    sorts: true,
  },
  {
    name: 'a reference and a date',
    query: query(all(subject('Patient/3'), date(from(5)))),
    draw: 'few',
    along: 'd PRIMARY KEY (param=? AND value=?)',
    sorts: true,
  },
  {
    name: 'the latest of a reference',
    query: query(subject('Patient/3'), { sort: byDate }),
    draw: 'few',
    along: 'd PRIMARY KEY (param=? AND value=?)',
    sorts: true,
  },
  {
    name: 'the latest of a token that all have',
    query: query(hasToken('status', 'final'), { sort: byDate }),
    draw: 'type',
    along: 's COVERING INDEX date_by_high (param=?',
  },
  {
    name: 'dates of a day',
    query: query(date({ side: 'low', op: '>=', value: 5_000 }, until(5_999))),
    draw: 'few',
    along: 'd COVERING INDEX date_by_low (param=? AND low>? AND low<?)',
    sorts: true,
  },
  {
    name: 'dates since',
    query: query(date(from(5_000))),
    draw: 'list',
    along: 'r INDEX resource_by_arrival (type=? AND deleted=? AND rowid=?)',
  },
  {
    name: 'all of a type',
    query: query(everything),
    draw: 'type',
    along: 'r INDEX resource_by_arrival (type=? AND deleted=?',
  },
  {
    name: 'all of a type by id',
    query: query(everything, { sort: { by: 'id', descending: false } }),
    draw: 'type',
    along: 'r INDEX resource_by_id (type=?',
  },
  {
    name: 'all of a type by update',
    query: query(everything, { sort: byUpdate }),
    draw: 'type',
    along: 'r INDEX resource_by_update (type=? AND deleted=?',
  },
  {
    name: 'what was updated since',
    query: query({ kind: 'last-updated', bounds: [{ side: 'low', op: '>', value: 5 }] }),
    draw: 'list',
    along: 'r INDEX resource_by_arrival (type=? AND deleted=? AND rowid=?)',
  },
  {
    name: 'ids',
    query: query({ kind: 'id', ids: ['r1', 'r2'] }),
    draw: 'few',
    along: 'resource INDEX resource_by_id (type=? AND id=?)',
    sorts: true,
  },
  {
    name: 'one of two codes',
    query: query({ kind: 'or', of: [hasToken('code', 'c1'), hasToken('code', 'c2')] }),
    draw: 'few',
    along: 'd PRIMARY KEY (param=? AND value=?)',
    sorts: true,
  },
  {
    name: 'the beginning of a name',
    query: query(name('starts', 'zhang 12')),
    draw: 'few',
    along: 'd PRIMARY KEY (param=? AND folded>? AND folded<?)',
    sorts: true,
  },
  {
    name: 'the beginning of many names',
    query: query(name('starts', 'zhang')),
    draw: 'list',
    along: 'r INDEX resource_by_arrival (type=? AND deleted=? AND rowid=?)',
  },
  {
    name: 'a part of a name',
    query: query(name('contains', 'ang')),
    draw: 'type',
    along: 'r INDEX resource_by_arrival (type=? AND deleted=? AND rowid=?)',
  },
  {
    name: 'a quantity',
    query: query(quantity),
    draw: 'type',
    along: 'r INDEX resource_by_arrival (type=? AND deleted=?',
  },
  {
    name: 'a missing parameter',
    query: query({ kind: 'missing', code: 'date', entryKind: 'date' }),
    draw: 'type',
    along: 'r INDEX resource_by_arrival (type=? AND deleted=?',
  },
  {
    name: 'not a token',
    query: query({ kind: 'not', of: hasToken('status', 'final') }),
    draw: 'type',
    along: 'r INDEX resource_by_arrival (type=? AND deleted=?',
  },
];

describe('sqlite query plans', () => {
  let folder: string;
  let database: Database;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rhie-plans-'));
    const path = join(folder, 'store.db');
    const writer = openGroupWriter(path, 'node-a');
    const [result] = writer.commit([encodeUnit(unitOf(...Array.from({ length: 1_500 }, observation)), 1)]);
    expect(result?.ok).to.equal(true);
    writer.close();
    database = openDatabase(path, { readOnly: true, cacheKiB: 4_000, busyTimeoutMs: 0 });
  });

  after(async () => {
    closeDatabase(database);
    await rm(folder, { recursive: true, force: true });
  });

  for (const shape of shapes) {
    it(`for ${shape.name} draw from ${shape.draw} and read no whole table`, () => {
      const plan = createSearch(database).plan(shape.query);
      if (!plan) return expect.fail('no plan');
      expect(plan.draw.from).to.equal(shape.draw);
      const value = shape.query.sort.by === 'id' ? 'r5' : 5_000;
      for (const after of [undefined, { value, row: 30 }]) {
        const explained = pageStatements(plan, after).map(({ text, values }) => explain(text, values));
        const steps = explained.flat();
        expect(steps.filter((step) => /^SCAN (?!d$|json_each|\(subquery)/.test(step))).to.deep.equal([]);
        const sorting = steps.filter((step) => /TEMP B-TREE FOR (LAST TERM OF )?ORDER BY/.test(step));
        expect(sorting.length > 0).to.equal(shape.sorts === true);
        const searches = (explained[0] ?? []).map((step) => step.replace(/^SEARCH (\S+) USING /, '$1 '));
        expect(
          searches.some((step) => step.startsWith(shape.along)),
          searches.join('; '),
        ).to.equal(true);
      }
    });
  }

  function explain(text: string, values: readonly SqlValue[]): string[] {
    const plan = prepareQuery<[number, number, number, string]>(database, `EXPLAIN QUERY PLAN ${text}`);
    return plan.all(...values, 21).map((row) => row[3]);
  }
});

function observation(_: unknown, place: number) {
  return put({
    id: `r${String(place)}`,
    entries: [
      token('status', 'final'),
      token('code', place % 3 === 0 ? 'rare' : 'often'),
      token('code', `c${String(place % 200)}`),
      {
        code: 'subject',
        kind: 'reference',
        ordinal: 0,
        target: `Patient/${String(place % 100)}`,
        targetType: 'Patient',
      },
      {
        code: 'date',
        kind: 'date',
        ordinal: 0,
        low: place * 1_000,
        high: place * 1_000 + 999,
        first: true,
        last: true,
      },
      {
        code: 'name',
        kind: 'string',
        ordinal: 0,
        folded: `zhang ${String(place)}`,
        exact: `Zhang ${String(place)}`,
      },
      {
        code: 'value-quantity',
        kind: 'quantity',
        ordinal: 0,
        low: place,
        high: place,
        system: 'u',
        value: 'mm',
        unit: 'mm',
      },
    ],
  });
}

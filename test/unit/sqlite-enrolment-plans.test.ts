import { expect } from 'chai';

import {
  closeDatabase,
  openDatabase,
  prepareQuery,
  type Database,
} from '../../src/adapters/sqlite/driver.js';
import {
  createEnrolmentCounts,
  createEnrolments,
  createUnmatchable,
} from '../../src/adapters/sqlite/enrolments.js';
import { migrate } from '../../src/adapters/sqlite/schema.js';

describe('sqlite query plans of enrolments', () => {
  let database: Database;
  beforeEach(() => {
    database = openDatabase(':memory:', { readOnly: false, cacheKiB: 1_000, busyTimeoutMs: 0 });
    migrate(database);
  });
  afterEach(() => closeDatabase(database));

  /** Steps of the plans of all statements that `make` prepares. */
  function stepsOf(make: (database: Database) => unknown): string[] {
    const prepared: string[] = [];
    make({
      isOpen: true,
      isTransaction: false,
      exec: (sql) => database.exec(sql),
      prepare(sql) {
        prepared.push(sql);
        return database.prepare(sql);
      },
      close: () => undefined,
    });
    return prepared.flatMap((sql) =>
      prepareQuery<[number, number, number, string]>(database, `EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map((row) => row[3]),
    );
  }

  it('read no whole table and sort nothing, but for the sums that are counted', () => {
    const steps = [...stepsOf(createEnrolments), ...stepsOf(createUnmatchable)];
    expect(steps.filter((step) => /^SCAN (?!asked)|TEMP B-TREE/.test(step))).to.deep.equal([]);
    const searched = steps.filter((step) => step.startsWith('SEARCH'));
    expect(searched.join('; ')).to.match(/block USING PRIMARY KEY \(value=\?\)/);
    expect(searched.join('; ')).to.match(
      /e USING (COVERING )?INDEX enrolment_unmatchable \(matchable=\? AND rowid>\?\)/,
    );
    expect(stepsOf(createEnrolmentCounts).filter((step) => /^SCAN (?!c\b)/.test(step))).to.deep.equal([]);
  });
});

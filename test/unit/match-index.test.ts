import { expect } from 'chai';
import type { IndexEntry } from '../../src/fhir/search/index-entry.js';
import { compareBySort, matches, type Sortable } from '../../src/fhir/search/match-index.js';
import type { EntryTest, SearchExpression, SortKey } from '../../src/fhir/search/search-expression.js';
import { expectedIds, randomCase } from '../support/random-expressions.js';

const meta = { id: 'one', lastUpdated: '2026-11-24T00:00:00.000Z' };
const at = { ordinal: 0 };

const entries: readonly IndexEntry[] = [
  { ...at, code: 'name', kind: 'string', folded: 'li ming', exact: 'Lì Ming' },
  { ...at, code: 'code', kind: 'token', system: 'http://loinc.org', value: '8480-6' },
  { ...at, code: 'code', kind: 'token', system: '', value: 'local' },
  { ...at, code: 'date', kind: 'date', low: 10, high: 20, first: true, last: true },
  { ...at, code: 'probability', kind: 'number', low: 0.5, high: 0.5 },
  {
    ...at,
    code: 'weight',
    kind: 'quantity',
    low: 5,
    high: 5,
    system: 'http://u.org',
    value: 'kg',
    unit: 'kilo',
  },
  { ...at, code: 'subject', kind: 'reference', target: 'Patient/1', targetType: 'Patient' },
  { ...at, code: 'url', kind: 'uri', value: 'http://a.cn' },
  { code: 'pair$1', ordinal: 0, kind: 'token', system: '', value: 'a' },
  { code: 'pair$2', ordinal: 0, kind: 'number', low: 1, high: 1 },
  { code: 'pair$1', ordinal: 1, kind: 'token', system: '', value: 'b' },
  { code: 'pair$2', ordinal: 1, kind: 'number', low: 2, high: 2 },
];

const param = (code: string, test: EntryTest): SearchExpression => ({ kind: 'param', code, test });
const holds = (expression: SearchExpression): boolean => matches(expression, entries, meta);
const always: SearchExpression = { kind: 'and', of: [] };
const never: SearchExpression = { kind: 'or', of: [] };

describe('matches', () => {
  const cases: readonly (readonly [what: string, expected: boolean, expression: SearchExpression])[] = [
    ['and of nothing', true, always],
    ['or of nothing', false, never],
    ['and with one that fails', false, { kind: 'and', of: [always, never] }],
    ['or with one that holds', true, { kind: 'or', of: [never, always] }],
    ['not', false, { kind: 'not', of: always }],
    ['a string by its beginning', true, param('name', { kind: 'string', match: 'starts', folded: 'li' })],
    ['a string by its middle', false, param('name', { kind: 'string', match: 'starts', folded: 'ming' })],
    [
      'a string by what it contains',
      true,
      param('name', { kind: 'string', match: 'contains', folded: 'ming' }),
    ],
    [
      'a string exactly',
      true,
      param('name', { kind: 'string', match: 'exact', folded: 'li ming', exact: 'Lì Ming' }),
    ],
    [
      'a string exactly, in other case',
      false,
      param('name', { kind: 'string', match: 'exact', folded: 'li ming', exact: 'lì ming' }),
    ],
    ['a token of any system', true, param('code', { kind: 'token', value: '8480-6' })],
    ['a token in other case', false, param('code', { kind: 'token', value: 'LOCAL' })],
    [
      'a token of its system',
      true,
      param('code', { kind: 'token', system: 'http://loinc.org', value: '8480-6' }),
    ],
    [
      'a token of another entry’s system',
      false,
      param('code', { kind: 'token', system: 'http://loinc.org', value: 'local' }),
    ],
    ['a token without system', true, param('code', { kind: 'token', system: '', value: 'local' })],
    [
      'a token that has a system as one without',
      false,
      param('code', { kind: 'token', system: '', value: '8480-6' }),
    ],
    ['any token of a system', true, param('code', { kind: 'token', system: 'http://loinc.org' })],
    ['a number test on a date', false, param('date', { kind: 'number', bounds: [] })],
    ['a quantity of any unit', true, param('weight', { kind: 'quantity', bounds: [] })],
    ['a quantity by its coded unit', true, param('weight', { kind: 'quantity', bounds: [], value: 'kg' })],
    [
      'a quantity by its printed unit',
      true,
      param('weight', { kind: 'quantity', bounds: [], value: 'kilo' }),
    ],
    [
      'a quantity by its printed unit and a system',
      false,
      param('weight', { kind: 'quantity', bounds: [], system: 'http://u.org', value: 'kilo' }),
    ],
    ['a reference', true, param('subject', { kind: 'reference', target: 'Patient/1' })],
    ['a reference by its beginning', false, param('subject', { kind: 'reference', target: 'Patient' })],
    ['a uri', true, param('url', { kind: 'uri', value: 'http://a.cn' })],
    ['another code', false, param('link', { kind: 'uri', value: 'http://a.cn' })],
    ['missing what is there', false, { kind: 'missing', code: 'url', entryKind: 'uri' }],
    ['missing another kind', true, { kind: 'missing', code: 'url', entryKind: 'token' }],
    ['missing what is not there', true, { kind: 'missing', code: 'link', entryKind: 'uri' }],
    ['its id', true, { kind: 'id', ids: ['none', 'one'] }],
    ['no id', false, { kind: 'id', ids: [] }],
  ];
  for (const [what, expected, expression] of cases) {
    it(`${expected ? 'finds' : 'does not find'} by ${what}`, () =>
      expect(holds(expression)).to.equal(expected));
  }

  it('compares either end with every operator', () => {
    const found = (side: 'low' | 'high', op: '<' | '<=' | '>' | '>='): number[] =>
      [9, 10, 11, 19, 20, 21].filter((value) =>
        holds(param('date', { kind: 'date', bounds: [{ side, op, value }] })),
      );
    expect(found('low', '<')).to.deep.equal([11, 19, 20, 21]);
    expect(found('low', '<=')).to.deep.equal([10, 11, 19, 20, 21]);
    expect(found('high', '>')).to.deep.equal([9, 10, 11, 19]);
    expect(found('high', '>=')).to.deep.equal([9, 10, 11, 19, 20]);
  });

  it('wants all bounds of one entry', () => {
    const apart: IndexEntry[] = [0, 10].map((low) => ({ ...at, code: 'n', kind: 'number', low, high: low }));
    const between: EntryTest = {
      kind: 'number',
      bounds: [
        { side: 'low', op: '>', value: 1 },
        { side: 'high', op: '<', value: 9 },
      ],
    };
    expect(matches(param('n', between), apart, meta)).to.equal(false);
  });

  it('wants all components of a composite of one element', () => {
    const pair = (value: string, number: number): SearchExpression => ({
      kind: 'composite',
      code: 'pair',
      components: [
        { kind: 'token', value },
        { kind: 'number', bounds: [{ side: 'low', op: '>=', value: number }] },
      ],
    });
    expect(holds(pair('a', 1))).to.equal(true);
    expect(holds(pair('a', 2))).to.equal(false);
    expect(holds(pair('b', 2))).to.equal(true);
  });

  it('compares lastUpdated as an instant', () => {
    const since = (value: number): SearchExpression => ({
      kind: 'last-updated',
      bounds: [{ side: 'low', op: '>=', value }],
    });
    const instant = Date.parse(meta.lastUpdated);
    expect([holds(since(instant)), holds(since(instant + 1))]).to.deep.equal([true, false]);
  });
});

describe('compareBySort', () => {
  const resource = (
    arrival: number,
    id: string,
    dates: readonly (readonly [number, number])[],
  ): Sortable => ({
    arrival,
    meta: { id, lastUpdated: new Date(arrival === 2 ? 0 : 1000).toISOString() },
    entries: dates.map(([low, high]) => ({
      ...at,
      code: 'date',
      kind: 'date',
      low,
      high,
      first: false,
      last: false,
    })),
  });
  const resources = [
    resource(0, 'c', []),
    resource(1, 'a', [
      [5, 50],
      [20, 30],
    ]),
    resource(2, 'b', [[7, 9]]),
    resource(3, 'd', []),
    resource(4, 'e', [[5, 50]]),
  ];
  const order = (sort: SortKey): string =>
    [...resources]
      .reverse()
      .sort((a, b) => compareBySort(sort, a, b))
      .map((one) => one.meta.id)
      .join('');

  it('puts resources without the key last in both directions, equal ones by arrival', () => {
    expect(order({ by: 'date', code: 'date', descending: false })).to.equal('aebcd');
    expect(order({ by: 'date', code: 'date', descending: true })).to.equal('aebcd');
    expect(order({ by: 'date', code: 'issued', descending: true })).to.equal('cabde');
  });
  it('sorts by id, lastUpdated and first arrival', () => {
    expect(order({ by: 'id', descending: true })).to.equal('edcba');
    expect(order({ by: 'last-updated', descending: false })).to.equal('bcade');
    expect(order({ by: 'last-updated', descending: true })).to.equal('cadeb');
    expect(order({ by: 'first-arrival', descending: false })).to.equal('cabde');
    expect(order({ by: 'first-arrival', descending: true })).to.equal('edbac');
  });
});

describe('randomCase', () => {
  it('gives the same case for the same seed and another for another', () => {
    const size = { resources: 20, queries: 20 };
    expect(randomCase(7, size)).to.deep.equal(randomCase(7, size));
    expect(randomCase(8, size)).not.to.deep.equal(randomCase(7, size));
  });
  it('asks mostly for some of the resources, not for none or all', () => {
    const { resources, queries } = randomCase(1, { resources: 60, queries: 200 });
    const found = queries.map((query) => expectedIds(resources, query).length);
    expect(found.filter((n) => n > 0 && n < 60).length).to.be.greaterThan(80);
    expect(found).to.include(0);
    expect(found).to.include(60);
  });
});

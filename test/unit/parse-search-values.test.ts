import { expect } from 'chai';
import fc from 'fast-check';
import { FhirError } from '../../src/fhir/fhir-error.js';
import { indexResource } from '../../src/fhir/search/index-resource.js';
import type { IndexEntry } from '../../src/fhir/search/index-entry.js';
import { matches } from '../../src/fhir/search/match-index.js';
import { parsePairs } from '../../src/fhir/search/parse-pairs.js';
import { parseSearch } from '../../src/fhir/search/parse-search.js';
import type { SearchExpression } from '../../src/fhir/search/search-expression.js';

const now = Date.parse('2026-11-24T00:00:00+08:00');
const base = 'https://node.cn/fhir';
const meta = { id: 'one', lastUpdated: '2026-11-24T01:02:03.456Z' };

function whereOf(type: string, query: string): SearchExpression {
  const options = { handling: 'strict', base, now, maxCount: 1000, defaultCount: 20 } as const;
  return parseSearch(type, parsePairs(query), options).query.where;
}

/** Whether the query, written as in a URL, finds the resource. */
function finds(resource: Readonly<Record<string, unknown>>, query: string): boolean {
  const type = String(resource['resourceType']);
  return matches(whereOf(type, query), indexResource(type, resource), meta);
}

function each(resource: Readonly<Record<string, unknown>>, queries: Readonly<Record<string, boolean>>): void {
  for (const [query, expected] of Object.entries(queries)) {
    it(`${expected ? 'finds' : 'does not find'} ${query}`, () =>
      expect(finds(resource, query)).to.equal(expected));
  }
}

const loinc = 'http://loinc.org';

describe('string parameters', () => {
  const name = [
    { family: 'Müller', given: ['Anna Lena'] },
    { text: '李小明', family: '李', given: ['小明'] },
  ];
  each(
    { resourceType: 'Patient', name, address: [{ line: ['1, Rue $x|y'] }] },
    {
      'name=mull': true,
      'name=MÜLLER': true,
      'name=uller': false,
      'name=anna%20%20lena': true,
      'name=lena': false,
      'name=%E6%9D%8E': true,
      'name=%E6%9D%8E%E5%B0%8F%E6%98%8E': true,
      'name=%E5%B0%8F%E6%98%8E': true,
      'name:contains=ena': true,
      'name:contains=M%C3%9CLL': true,
      'name:exact=M%C3%BCller': true,
      'name:exact=muller': false,
      'name:exact=M%C3%BCll': false,
      'name=zhang,mull': true,
      'name=mull&name=zhang': false,
      'name=mull&name=anna': true,
      'name:missing=false': true,
      'name:missing=true': false,
      'address-city:missing=true': true,
      'address=1%5C,%20rue': true,
      'address=1%5C,%20rue%20$x|y': true,
      'address=1%5C,%20rue%20%5C$x%5C|y': true,
      'address=2,%20rue': false,
    },
  );

  it('compares long strings by the part that the index keeps', () => {
    const long = 'a'.repeat(300);
    const resource = { resourceType: 'Patient', name: [{ family: long }] };
    expect(finds(resource, `name=${long}`)).to.equal(true);
    expect(finds(resource, `name:exact=${long}`)).to.equal(true);
    expect(finds(resource, `name=${'a'.repeat(150)}b`)).to.equal(false);
  });
});

describe('token parameters', () => {
  const coding = [{ system: loinc, code: '8480-6' }, { code: 'a|b,c\\d' }];
  const identifier = [{ value: '42' }];
  each(
    { resourceType: 'Observation', status: 'final', code: { coding }, identifier, meta: { tag: coding } },
    {
      'code=8480-6': true,
      [`code=${loinc}|8480-6`]: true,
      'code=http://other.cn|8480-6': false,
      'code=|8480-6': false,
      'code=|a%5C|b%5C,c%5C%5Cd': true,
      'code=a%5C|b%5C,c%5C%5Cd': true,
      [`code=${loinc}|`]: true,
      'code=http://other.cn|': false,
      'code:not=8480-6': false,
      'code:not=x': true,
      [`code:not=x,${loinc}|8480-6`]: false,
      [`code:not=x,y`]: true,
      [`code:not=x&code:not=8480-6`]: false,
      'category:not=x': true,
      'category=x': false,
      'identifier=|42': true,
      'status=final,amended': true,
      'status=http://hl7.org/fhir/observation-status|final': true,
      '_tag=8480-6': true,
      '_tag:missing=true': false,
      '_security:missing=true': true,
    },
  );
  each({ resourceType: 'Patient', active: true }, { 'active=true': true, 'active=false': false });
});

describe('reference parameters', () => {
  const subject = { reference: 'Patient/p1', identifier: { system: 'urn:x', value: '7' } };
  const performer = [{ reference: 'https://other.cn/fhir/Organization/o1' }, { display: 'somebody' }];
  each(
    { resourceType: 'Observation', subject, performer },
    {
      'subject=Patient/p1': true,
      'subject=p1': true,
      'subject=p2': false,
      'subject=Group/p1': false,
      'subject=Patient/p1/_history/3': true,
      [`subject=${base}/Patient/p1`]: true,
      'subject=https://other.cn/fhir/Patient/p1': false,
      'subject:Patient=p1': true,
      'subject:Patient=Patient/p1': true,
      'subject:Group=p1': false,
      'patient=p1': true,
      'subject:identifier=urn:x|7': true,
      'subject:identifier=7': true,
      'subject:identifier=|7': false,
      'performer=https://other.cn/fhir/Organization/o1': true,
      'performer=Organization/o1': false,
      'performer=o1': false,
      'performer:missing=false': true,
      'encounter:missing=true': true,
    },
  );
  each(
    { resourceType: 'Observation', performer: [{ display: 'somebody' }] },
    { 'performer:missing=true': false },
  );
  each(
    { resourceType: 'QuestionnaireResponse', questionnaire: 'http://a.cn/Questionnaire/q|1.0' },
    { 'questionnaire=http://a.cn/Questionnaire/q': true, 'questionnaire=http://a.cn/Questionnaire': false },
  );
});

describe('the version of a canonical', () => {
  each(
    {
      resourceType: 'QuestionnaireResponse',
      questionnaire: 'http://a.cn/Questionnaire/q|1.0',
      meta: { profile: ['http://p.cn/x|2.0'] },
    },
    {
      'questionnaire=http://a.cn/Questionnaire/q|1.0': true,
      'questionnaire=http://a.cn/Questionnaire/q|1.1': false,
      'questionnaire=http://a.cn/Questionnaire/q': true,
      '_profile=http://p.cn/x': true,
      '_profile=http://p.cn/x|2.0': true,
      '_profile=http://p.cn/x|1.0': false,
    },
  );
});

describe('uri, _id and _lastUpdated', () => {
  each(
    { resourceType: 'ValueSet', url: 'http://a.cn/x', meta: { source: 'urn:s', profile: ['http://p.cn'] } },
    {
      'url=http://a.cn/x': true,
      'url=http://a.cn/X': false,
      'url=http://a.cn': false,
      '_source=urn:s': true,
      '_profile=http://p.cn,http://q.cn': true,
      '_id=two,one': true,
      '_id=two': false,
      '_id:not=one': false,
      '_id:missing=true': false,
      '_id:missing=false': true,
      '_lastUpdated:missing=false': true,
      '_lastUpdated=2026-11-24': true,
      '_lastUpdated=2026-11-23': false,
      '_lastUpdated=2026-11-24T01:02:03.456Z': true,
      '_lastUpdated=2026-11-24T09:02:03%2B08:00': true,
      '_lastUpdated=2026-11-24T09:02:03+08:00': true,
      '_lastUpdated=ge2026-11-24T01:02:03.456Z': true,
      '_lastUpdated=gt2026-11-24T01:02:03.456Z': false,
      '_lastUpdated=le2026-11-24T01:02:03Z': true,
      '_lastUpdated=lt2026-11-24T01:02:03Z': false,
      '_lastUpdated=ne2026-11-24': false,
      '_lastUpdated=ge2026-11-24&_lastUpdated=lt2026-11-25': true,
    },
  );
});

describe('date parameters', () => {
  const period = { start: '2026-03-10', end: '2026-03-14T10:00:00+08:00' };
  each(
    { resourceType: 'Encounter', period },
    {
      'date=2026-03': true,
      'date=2026-03-14': false,
      'date=ne2026-03': false,
      'date=ne2026-03-14': true,
      'date=gt2026-03-13': true,
      'date=gt2026-03-14': false,
      'date=lt2026-03-10': false,
      'date=lt2026-03-11': true,
      'date=ge2026-03-13': true,
      'date=ge2026-03': true,
      'date=le2026-03': true,
      'date=le2026-03-09': false,
      'date=sa2026-03-09': true,
      'date=sa2026-03-10': false,
      'date=eb2026-03-15': true,
      'date=eb2026-03-14': false,
      'date=ap2026-03-12': true,
      'date=ap2026-04': true,
      'date=ap2026-05-15': false,
      'date=2025,2026-03': true,
    },
  );
  each(
    { resourceType: 'Encounter', period: { start: '2013-01-21' } },
    { 'date=ge2013-03-14': true, 'date=le2013-03-14': true, 'date=sa2013-03-14': false, 'date=2013': false },
  );
  each(
    { resourceType: 'Patient', birthDate: '1980-05' },
    {
      'birthdate=1980': true,
      'birthdate=1980-05-01': false,
      'birthdate=ge1980': true,
      'birthdate:missing=true': false,
    },
  );
  each({ resourceType: 'Patient' }, { 'birthdate=ne1980': false, 'birthdate:missing=true': true });
});

describe('number and quantity parameters', () => {
  each(
    { resourceType: 'RiskAssessment', prediction: [{ probabilityDecimal: 100 }] },
    {
      'probability=100': true,
      'probability=100.4': false,
      'probability=1e2': true,
      'probability=99': false,
      'probability=ne100': false,
      'probability=ne99': true,
      'probability=gt99.9': true,
      'probability=gt100': false,
      'probability=ge100': true,
      'probability=lt100': false,
      'probability=le100': true,
      'probability=sa99': true,
      'probability=eb101': true,
      'probability=ap110': true,
      'probability=ap112': false,
    },
  );
  // From 17 digits on a double no longer holds half a unit of the last digit.
  for (const written of ['9007199254740993', '0.1234567890123456789', '-12345678901234567890']) {
    const stored = Number(written);
    each(
      { resourceType: 'RiskAssessment', prediction: [{ probabilityDecimal: stored }] },
      { [`probability=${written}`]: true, [`probability=ne${written}`]: false, 'probability=1.5': false },
    );
    each(
      { resourceType: 'Observation', valueQuantity: { value: stored, unit: 'kg' } },
      { [`value-quantity=${written}`]: true, [`value-quantity=ne${written}||kg`]: false },
    );
  }
  const half = (value: number): Readonly<Record<string, unknown>> => ({
    resourceType: 'Observation',
    valueQuantity: { value, unit: 'Kilo', system: 'http://unitsofmeasure.org', code: 'kg' },
  });
  each(half(99.5), { 'value-quantity=100': true, 'value-quantity=ne100': false });
  each(half(100.5), { 'value-quantity=100': false, 'value-quantity=ne100': true });
  each(half(5.4), {
    'value-quantity=5.4|http://unitsofmeasure.org|kg': true,
    'value-quantity=5.4||kg': true,
    'value-quantity=5.4||Kilo': true,
    'value-quantity=5.4|http://unitsofmeasure.org|Kilo': false,
    'value-quantity=5.4|http://unitsofmeasure.org|': true,
    'value-quantity=5.40': true,
    'value-quantity=5.44': false,
    'value-quantity=ge5.4||kg': true,
    'value-quantity=gt5||g': false,
    'value-quantity=lt6,gt7': true,
  });
});

describe('composite parameters', () => {
  const component = (code: string, value: number): Readonly<Record<string, unknown>> => ({
    code: { coding: [{ system: loinc, code }] },
    valueQuantity: { value, unit: 'mmHg' },
  });
  each(
    { resourceType: 'Observation', component: [component('8480-6', 140), component('8462-4', 90)] },
    {
      [`component-code-value-quantity=${loinc}|8480-6$gt130`]: true,
      'component-code-value-quantity=8462-4$gt130': false,
      'component-code-value-quantity=8480-6$ne90': true,
      'component-code-value-quantity=8480-6$ne140': false,
      'component-code-value-quantity=8462-4$gt130,8480-6$140||mmHg': true,
      'component-code-value-quantity:missing=false': true,
      'code-value-quantity:missing=true': true,
    },
  );
});

describe('prefixes', () => {
  /** What R4 says of two spans of whole numbers, moment by moment: `value` of the query, `target` of the resource. */
  const meanings = {
    eq: (value: number[], target: number[]) => target.every((moment) => value.includes(moment)),
    ne: (value: number[], target: number[]) => !target.every((moment) => value.includes(moment)),
    gt: (value: number[], target: number[]) => target.some((moment) => moment > Math.max(...value)),
    lt: (value: number[], target: number[]) => target.some((moment) => moment < Math.min(...value)),
    ge: (value: number[], target: number[]) => meanings.gt(value, target) || meanings.eq(value, target),
    le: (value: number[], target: number[]) => meanings.lt(value, target) || meanings.eq(value, target),
    sa: (value: number[], target: number[]) => target.every((moment) => moment > Math.max(...value)),
    eb: (value: number[], target: number[]) => target.every((moment) => moment < Math.min(...value)),
  };
  const dayMs = 86_400_000;
  const first = Date.parse('2026-01-30T00:00:00+08:00');
  const days = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, n) => from + n);
  const queries: readonly (readonly [text: string, days: number[]])[] = [
    ['2026-01-31', [1]],
    ['2026-02', days(2, 29)],
    ['2026-02-10', [11]],
  ];

  it('relate spans as the specification defines, whatever the spans', () => {
    const span = fc.tuple(fc.integer({ min: 0, max: 35 }), fc.integer({ min: 0, max: 35 }));
    const prefix = fc.constantFrom(...(Object.keys(meanings) as (keyof typeof meanings)[]));
    fc.assert(
      fc.property(prefix, fc.constantFrom(...queries), span, (name, [text, value], [a, b]) => {
        const target = days(Math.min(a, b), Math.max(a, b));
        const low = first + Math.min(a, b) * dayMs;
        const high = first + (Math.max(a, b) + 1) * dayMs - 1;
        const entries: IndexEntry[] = [
          { code: 'date', ordinal: 0, kind: 'date', low, high, first: true, last: true },
        ];
        const found = matches(whereOf('Encounter', `date=${name}${text}`), entries, meta);
        expect(found).to.equal(meanings[name](value, target));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('values that cannot be read', () => {
  const refused: Readonly<Record<string, readonly string[]>> = {
    Patient: [
      'name=',
      'name=a,',
      'name=%20',
      'name=%00',
      'gender=|',
      'gender=a|b|c',
      'birthdate=1980-02-30',
      'birthdate=xx1980',
      'birthdate=ge',
      'birthdate:missing=maybe',
      'birthdate:missing=true,false',
      'organization=Foo/1',
      'organization=Organization/',
      'organization=Organization/1/2',
      'organization=%23a',
      'organization:Organization=Patient/1',
      'organization:identifier=|',
      '_id=',
      '_lastUpdated=yesterday',
    ],
    Observation: [
      'value-quantity=five',
      'value-quantity=5|mg',
      'value-quantity=5|a|b|c',
      'value-quantity=1e999',
      'component-code-value-quantity=8480-6',
      'component-code-value-quantity=8480-6$1$2',
      'component-code-value-quantity=$1',
    ],
    RiskAssessment: ['probability=1,5e', 'probability=0x10'],
  };
  for (const [type, queries] of Object.entries(refused)) {
    for (const query of queries) {
      it(`are refused without being quoted: ${type}?${query}`, () => {
        expect(() => whereOf(type, query))
          .to.throw(FhirError)
          .that.satisfies((error: FhirError) => error.category === 'malformed' && error.issues.length === 1)
          .and.to.have.nested.property('issues[0].code', 'invalid');
      });
    }
  }

  it('are refused when they hold half a surrogate pair', () => {
    const options = { handling: 'lenient', base, now, maxCount: 10, defaultCount: 10 } as const;
    expect(() => parseSearch('Patient', [['name', 'a\ud800']], options)).to.throw(FhirError, 'name');
  });
});

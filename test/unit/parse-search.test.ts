import { expect } from 'chai';
import fc from 'fast-check';
import { FhirError } from '../../src/fhir/fhir-error.js';
import { parsePairs } from '../../src/fhir/search/parse-pairs.js';
import {
  parseCriteria,
  parseSearch,
  type SearchOptions,
  type SearchRequest,
} from '../../src/fhir/search/parse-search.js';
import { nextLink, selfLink } from '../../src/fhir/search/search-links.js';

const base = 'https://node.cn/fhir';
const options: SearchOptions = { handling: 'strict', base, now: 0, maxCount: 100, defaultCount: 20 };
const everything = { kind: 'and', of: [] };

const parse = (query: string, changed: Partial<SearchOptions> = {}): SearchRequest =>
  parseSearch('Patient', parsePairs(query), { ...options, ...changed });

function refusal(run: () => unknown): FhirError {
  try {
    run();
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('not refused');
}

const textsOf = (error: FhirError): string => error.issues.map((issue) => issue.diagnostics).join('\n');

describe('parseSearch', () => {
  it('asks for everything, a page at a time in the order of arrival, when nothing is asked', () => {
    expect(parse('')).to.deep.equal({
      query: {
        type: 'Patient',
        where: everything,
        asked: '',
        sort: { by: 'first-arrival', descending: false },
        limit: 20,
        total: 'none',
      },
      countOnly: false,
      self: [],
      issues: [],
    });
  });

  it('leaves _format and _pretty to the HTTP layer', () => {
    expect(parse('_format=json&_pretty=true').self).to.deep.equal([]);
  });

  describe('_count', () => {
    it('sets the page size and is cut to the largest', () => {
      expect(parse('_count=5').query.limit).to.equal(5);
      const cut = parse('_count=5000');
      expect(cut.query.limit).to.equal(100);
      expect(cut.self).to.deep.equal([['_count', '100']]);
    });
    it('asks for the total only with 0', () => {
      const { query, countOnly } = parse('_count=0&_total=none');
      expect([query.limit, query.total, countOnly]).to.deep.equal([0, 'accurate', true]);
    });
    for (const value of ['-1', '', 'ten', '1.5', '9'.repeat(40), '1e3', '%2B1']) {
      it(`refuses ${value || 'an empty value'}`, () => {
        expect(refusal(() => parse(`_count=${value}`, { handling: 'lenient' })).category).to.equal(
          'malformed',
        );
      });
    }
    it('refuses a second one', () => {
      expect(textsOf(refusal(() => parse('_count=1&_count=2')))).to.contain('more than once');
    });
  });

  it('reads _total and _summary', () => {
    expect(parse('_total=none').query.total).to.equal('none');
    expect(parse('_total=estimate').query.total).to.equal('accurate');
    expect(parse('_total=accurate').query.total).to.equal('accurate');
    expect(refusal(() => parse('_total=some')).category).to.equal('malformed');
    expect(parse('_summary=count').countOnly).to.equal(true);
    expect(parse('_summary=false').countOnly).to.equal(false);
    expect(refusal(() => parse('_summary=true')).category).to.equal('unsupported-search');
    expect(refusal(() => parse('_summary=maybe')).category).to.equal('malformed');
  });

  describe('_sort', () => {
    it('reads one key, descending with a minus', () => {
      expect(parse('_sort=_id').query.sort).to.deep.equal({ by: 'id', descending: false });
      expect(parse('_sort=-_lastUpdated').query.sort).to.deep.equal({ by: 'last-updated', descending: true });
      expect(parse('_sort=-birthdate').query.sort).to.deep.equal({
        by: 'date',
        code: 'birthdate',
        descending: true,
      });
    });
    for (const value of ['_id,birthdate', 'family', 'unheard-of']) {
      it(`says that ${value} is not supported`, () => {
        const error = refusal(() => parse(`_sort=${value}`));
        expect(error.category).to.equal('unsupported-search');
        expect(textsOf(error)).to.match(/^_sort /);
      });
    }
    for (const value of ['', '-', '_id,']) {
      it(`refuses ${value || 'an empty value'}`, () => {
        expect(refusal(() => parse(`_sort=${value}`)).category).to.equal('malformed');
      });
    }
  });

  it('names the criteria alike on every page, in any order, and others otherwise', () => {
    const { asked } = parse('name=li&gender=male').query;
    expect(parse('gender=male&_count=3&name=li&_cursor=abc&_total=accurate').query.asked).to.equal(asked);
    for (const other of ['name=li', 'name=li&gender=female', 'name:exact=li&gender=male', ''])
      expect(parse(other).query.asked, other).not.to.equal(asked);
  });

  it('takes a cursor and keeps it out of the used parameters', () => {
    const { query, self } = parse('name=li&_cursor=abc');
    expect(query.cursor).to.equal('abc');
    expect(self).to.deep.equal([['name', 'li']]);
    expect(refusal(() => parse('_cursor=')).category).to.equal('malformed');
    expect(refusal(() => parse('_cursor=%E6%9D%8E')).category).to.equal('malformed');
  });

  it('ands repeated parameters in their order', () => {
    const { query, self } = parse('gender=male&name=li&gender=x');
    expect(query.where).to.have.property('kind', 'and');
    expect(query.where).to.have.property('of').with.length(3);
    expect(self.map(([name]) => name)).to.deep.equal(['gender', 'name', 'gender']);
  });

  const unsupported = [
    'unheard-of=1',
    '_has:Observation:patient:code=1',
    '_include=Patient:organization',
    '_include:iterate=*',
    '_revinclude=Observation:subject',
    '_elements=name',
    '_contained=true',
    '_containedType=container',
    '_filter=name%20eq%20x',
    '_query=x',
    '_text=x',
    '_content=x',
    '_list=1',
    '_type=Patient',
    'organization.name=x',
    'general-practitioner:Organization.name=x',
    'phonetic=x',
  ];
  for (const query of unsupported) {
    const [name = ''] = query.split('=');
    it(`refuses ${name} by name under strict handling, reports it under lenient`, () => {
      const error = refusal(() => parse(query));
      expect(error.category).to.equal('unsupported-search');
      expect(error.issues.map(({ code }) => code)).to.deep.equal(['not-supported']);
      expect(textsOf(error)).to.contain(name);
      const { issues, self, query: searched } = parse(`${query}&gender=male`, { handling: 'lenient' });
      expect(issues.map(({ severity, code }) => [severity, code])).to.deep.equal([
        ['warning', 'not-supported'],
      ]);
      expect(self).to.deep.equal([['gender', 'male']]);
      expect(searched.where).to.have.property('code', 'gender');
    });
  }

  it('says that near is not supported', () => {
    expect(refusal(() => parseSearch('Location', [['near', '1|2']], options)).category).to.equal(
      'unsupported-search',
    );
  });

  for (const query of [
    'name:unheard-of=x',
    'name:exact:missing=x',
    'gender:in=x',
    'gender:exact=male',
    'birthdate:not=1',
    'organization:Patient=1',
    'name:=x',
  ]) {
    it(`refuses the modifier of ${query} under lenient handling too`, () => {
      const error = refusal(() => parse(query, { handling: 'lenient' }));
      expect(error.issues.map(({ code }) => code)).to.deep.equal(['not-supported']);
    });
  }

  it('names all faults at once and quotes no value', () => {
    const error = refusal(() => parse('foo=4206&birthdate=4206x&name:bar=4206&_count=x4206&gender=a|b|4206'));
    expect(error.issues.map(({ code }) => code)).to.deep.equal([
      'not-supported',
      'invalid',
      'not-supported',
      'invalid',
      'invalid',
    ]);
    for (const name of ['foo', 'birthdate', 'name:bar', '_count', 'gender']) {
      expect(textsOf(error)).to.contain(name);
    }
    expect(textsOf(error)).not.to.contain('4206');
  });

  it('does not quote a value that stands where a name should', () => {
    const error = refusal(() => parse('420601199001011234=&%E6%9D%8E=1'));
    expect(error.issues).to.have.length(2);
    expect(textsOf(error)).not.to.match(/4206|李/);
  });

  it('refuses more values than a store can plan, without reading on', () => {
    const many = Array.from({ length: 501 }, (_, n) => String(n)).join(',');
    for (const query of [`gender=${many}`, `_id=${many}`, 'gender=a&'.repeat(501), 'x=&'.repeat(100_000)]) {
      const error = refusal(() => parse(query));
      expect(error.issues.at(-1)?.code).to.equal('too-costly');
      expect(error.issues.length).to.be.lessThan(503);
    }
  });
});

describe('any query', () => {
  const names = fc.constantFrom(
    ...[
      'name',
      'name:exact',
      'gender:not',
      'birthdate',
      'organization',
      'organization:missing',
      '_id',
      '_sort',
    ],
    ...[
      '_count',
      '_total',
      '_cursor',
      '_lastUpdated',
      '__proto__',
      'constructor',
      '_has:a:b:c',
      ':',
      '',
      'toString',
    ],
  );
  const values = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('\\', ',', '|', '$', '1', 'e', '-', 'ge', '2026', 'Patient/', ':', ' ', '李'),
    }),
  );
  it('is read or refused by a FhirError that quotes no value', () => {
    const name = fc.oneof(names, fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, values), { maxLength: 5 }), (pairs) => {
        try {
          parseSearch('Patient', pairs, options);
        } catch (error) {
          expect(error).to.be.instanceOf(FhirError);
          expect(textsOf(error as FhirError)).not.to.contain('李');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseCriteria', () => {
  it('reads a query string with or without its question mark', () => {
    const where = {
      kind: 'param',
      code: 'identifier',
      test: { kind: 'token', system: 'urn:x', value: 'a b' },
    };
    expect(parseCriteria('Patient', 'identifier=urn:x%7Ca+b', base)).to.deep.equal(where);
    expect(parseCriteria('Patient', '?identifier=urn:x|a%20b&_format=json', base)).to.deep.equal(where);
  });
  for (const query of ['', '?', '_format=json', '&&']) {
    it(`refuses ${query || 'an empty text'}: no criterion`, () => {
      const error = refusal(() => parseCriteria('Patient', query, base));
      expect([error.category, error.issues[0]?.code]).to.deep.equal(['malformed', 'required']);
    });
  }
  for (const query of [
    '_sort=_id',
    '_count=1',
    '_total=accurate',
    '_summary=count',
    '_cursor=a',
    'foo=1',
    'name:foo=1',
    'name=',
    'birthdate=ap1980',
    'name=%ff',
  ]) {
    it(`refuses ${query} beside a good criterion`, () => {
      expect(refusal(() => parseCriteria('Patient', `identifier=1&${query}`, base)).issues).to.have.length(1);
    });
  }
});

describe('links of a search', () => {
  it('echo what was used, the cursor last', () => {
    const request = parse(
      'name=%E6%9D%8E%20%26&_lastUpdated=ge2026-11-24T00:00:00%2B08:00&identifier=urn:x|1&foo=1&_count=5',
      {
        handling: 'lenient',
      },
    );
    const used =
      'name=%E6%9D%8E%20%26&_lastUpdated=ge2026-11-24T00:00:00%2B08:00&identifier=urn:x%7C1&_count=5';
    expect(selfLink(request, base)).to.equal(`${base}/Patient?${used}`);
    expect(nextLink(request, base, 'c+1')).to.equal(`${base}/Patient?${used}&_cursor=c%2B1`);
    expect(nextLink(request, base, undefined)).to.equal(undefined);
  });
  it('lead to the same search again', () => {
    const request = parse('name=a%5C,b&gender:not=male&_sort=-birthdate&_cursor=x');
    const link = new URL(selfLink(request, base));
    expect(parse(link.search.slice(1))).to.deep.equal(request);
    const next = new URL(nextLink(request, base, 'y') ?? '');
    expect(parse(next.search.slice(1)).query).to.deep.equal({ ...request.query, cursor: 'y' });
  });
  it('have no query where nothing was asked, no next where only the total was', () => {
    expect(selfLink(parse(''), base)).to.equal(`${base}/Patient`);
    expect(nextLink(parse('_count=0'), base, 'x')).to.equal(undefined);
  });
});

import { expect } from 'chai';

import {
  builtInModel,
  type MatchModel,
  modelOf,
  readLibrary,
  toLibrary,
} from '../../src/domain/mpi/index.js';
import { faultsOf, type Json } from '../support/validation.js';

const facts = { status: 'draft', date: '2026-11-24T08:30:00+08:00', description: '试训 (a trial)' } as const;
const library = (model: MatchModel = builtInModel): Json => toLibrary(model, facts) as unknown as Json;

/** A Library with other content. */
const holding = (value: unknown, version = builtInModel.version): Json => ({
  ...library(),
  version,
  content: [
    {
      contentType: 'application/json',
      data: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64'),
    },
  ],
});

/** The built-in model with one field's probabilities in the place of its own. */
const withField = (name: string, member: 'm' | 'u' | 'r', probabilities: readonly unknown[]): Json => ({
  ...builtInModel,
  fields: builtInModel.fields.map((field) =>
    field.name === name ? { ...field, [member]: probabilities } : field,
  ),
});
const withTerms = (terms: unknown): Json => ({ ...builtInModel, terms });

describe('a model as a Library', () => {
  it('is valid FHIR, with and without an id', () => {
    expect(faultsOf(library())).to.deep.equal([]);
    const id = '0198c5a0-0000-7000-8000-000000000001';
    expect(faultsOf(toLibrary(builtInModel, { ...facts, id }) as unknown as Json)).to.deep.equal([]);
  });

  it('says what it is, in which state, and of which version', () => {
    expect(library()).to.deep.include({
      version: builtInModel.version,
      status: 'draft',
      date: facts.date,
      description: facts.description,
      name: 'MatchModel',
    });
  });

  it('gives back the model that was put into it', () => {
    expect(modelOf(library())).to.deep.equal(builtInModel);
    expect(modelOf(JSON.parse(JSON.stringify(library())))).to.deep.equal(builtInModel);
  });

  it('holds nobody’s telephone and no name of a few', () => {
    const terms = [
      { vocabulary: 'given', records: 100, counts: { 伟: 40, 稀有: 2 } },
      { vocabulary: 'phone', records: 100, counts: { '13907101234': 4 } },
    ];
    const model = modelOf(library({ ...builtInModel, terms }));
    expect(model?.terms.map(({ counts }) => counts)).to.deep.equal([{ 伟: 40 }, {}]);
  });

  it('gives a model without what is no part of one', () => {
    const more = {
      ...builtInModel,
      note: 'x',
      fields: builtInModel.fields.map((field) => ({ ...field, x: 1 })),
    };
    expect(modelOf(holding(more))).to.deep.equal(builtInModel);
  });
});

describe('a Library that holds no model', () => {
  const half = [1, 0.5, 0.5];
  const cases: Readonly<Record<string, unknown>> = {
    'nothing at all': undefined,
    null: null,
    'a text': 'Library',
    'a list': [library()],
    'another resource': { ...library(), resourceType: 'Basic' },
    'no content': { ...library(), content: undefined },
    'content of another type': {
      ...library(),
      content: [{ contentType: 'text/cql', data: 'AAAA' }],
    },
    'content by URL': {
      ...library(),
      content: [{ contentType: 'application/json', url: 'https://a.example' }],
    },
    'what is not base64': { ...library(), content: [{ contentType: 'application/json', data: '{"a":1}' }] },
    'what is no JSON': holding('{'),
    'JSON of something else': holding([1, 2]),
    'another version than its model': holding(builtInModel, '2'),
    'a model without a version': holding({ ...builtInModel, version: '' }, ''),
    'a model of another schema': holding({ ...builtInModel, schema: 'names and birth date' }),
    'no prior': holding({ ...builtInModel, prior: undefined }),
    'a prior that is a text': holding({ ...builtInModel, prior: '0.1' }),
    'a prior of 0': holding({ ...builtInModel, prior: 0 }),
    'a prior above 1': holding({ ...builtInModel, prior: 1.5 }),
    'priors above 1 together': holding({ ...builtInModel, prior: 0.5, relativesPrior: 0.6 }),
    'no prior of relatives': holding({ ...builtInModel, relativesPrior: undefined }),
    'no number of records': holding({ ...builtInModel, records: -1 }),
    'no fields': holding({ ...builtInModel, fields: undefined }),
    'a field less': holding({ ...builtInModel, fields: builtInModel.fields.slice(1) }),
    'fields in another order': holding({ ...builtInModel, fields: [...builtInModel.fields].reverse() }),
    'a level more': holding(withField('sex', 'm', [1, 0.2, 0.4, 0.4])),
    'a level less': holding(withField('given', 'u', half)),
    'a probability of 0': holding(withField('sex', 'u', [1, 0, 1])),
    'a negative probability': holding(withField('sex', 'u', [1, -0.5, 1.5])),
    'a probability that is no number': holding(withField('sex', 'r', [1, null, 0.5])),
    'probabilities that do not add up': holding(withField('sex', 'm', [1, 0.5, 0.1])),
    'no probabilities of relatives': holding(withField('sex', 'r', [])),
    'no terms': holding(withTerms(undefined)),
    'terms without counts': holding(withTerms([{ vocabulary: 'given', records: 1 }])),
    'counts of 0': holding(withTerms([{ vocabulary: 'given', records: 1, counts: { a: 0 } }])),
    'counts above the number of records': holding(
      withTerms([{ vocabulary: 'given', records: 1, counts: { a: 2 } }]),
    ),
    'counts that are lists': holding(withTerms([{ vocabulary: 'given', records: 1, counts: [1] }])),
    'no number of terms': holding(withTerms([{ vocabulary: 'given', records: 0, counts: {} }])),
    'a vocabulary twice': holding(
      withTerms(['given', 'given'].map((vocabulary) => ({ vocabulary, records: 1, counts: {} }))),
    ),
  };

  for (const [name, value] of Object.entries(cases)) {
    it(`is refused with a reason: ${name}`, () => {
      expect(readLibrary(value).reason).to.be.a('string').that.is.not.empty;
      expect(modelOf(value)).to.equal(undefined);
    });
  }

  it('is refused for NaN, which JSON has no word for', () => {
    const text = JSON.stringify(builtInModel).replace(/"prior":[^,]+/, '"prior":NaN');
    expect(modelOf(holding(text))).to.equal(undefined);
  });
});

import { expect } from 'chai';

import { indexWritten, type WrittenRecord } from '../../src/domain/records/bundle/written-index.js';
import { encodeIndex } from '../../src/fhir/search/index-codec.js';
import { indexResource } from '../../src/fhir/search/index-resource.js';
import { matches } from '../../src/fhir/search/match-index.js';
import { parseCriteria } from '../../src/fhir/search/parse-search.js';
import { FhirError } from '../../src/fhir/fhir-error.js';

const lastUpdated = '2026-01-01T00:00:00.000Z';
const genders = ['male', 'female', 'other'];

function record(id: string, fields: object): WrittenRecord {
  const value = { resourceType: 'Patient', id, ...fields };
  return {
    key: { type: 'Patient', id },
    stamp: { id, versionId: 1, lastUpdated },
    body: JSON.stringify(value),
    index: encodeIndex(indexResource('Patient', value)),
  };
}

const records = Array.from({ length: 30 }, (_, n) =>
  record(`p${String(n)}`, {
    identifier: [
      { system: 's', value: `v${String(n)}` },
      { system: 't', value: `w${String(n % 10)}` },
    ],
    gender: genders[n % 3],
    name: [{ family: `Family${String(n % 7)}` }],
    birthDate: `19${String(50 + n)}-01-01`,
    generalPractitioner: [{ reference: `Practitioner/d${String(n % 11)}` }],
  }),
);
const criteria = (query: string) => ({
  type: 'Patient',
  where: parseCriteria('Patient', query, 'http://x/fhir'),
});

function matchingIds(query: string): string[] {
  const { where } = criteria(query);
  return records
    .filter(({ key, body }) =>
      matches(where, indexResource('Patient', JSON.parse(body) as Record<string, unknown>), {
        id: key.id,
        lastUpdated,
      }),
    )
    .map(({ key }) => key.id);
}

describe('indexWritten', () => {
  it('finds what the matcher finds, up to two', () => {
    for (const query of [
      'identifier=s|v7',
      'identifier=v7',
      'identifier=t|v7',
      'identifier=t|w3',
      'identifier=s|',
      'identifier=s|v1,s|v2',
      'identifier=s|v1,nobody&gender=female',
      'gender=male&identifier=t|w3&name=family2',
      'gender:not=male&birthdate=1951',
      'name=family6&birthdate=lt1960',
      'general-practitioner=Practitioner/d4&gender=female',
      '_id=p3',
      '_id=p3,p3,nobody',
      'birthdate=1979',
      '_lastUpdated=2026-01-01',
      'active:missing=true&identifier=w9',
    ]) {
      const expected = matchingIds(query);
      const found = indexWritten(records).find(criteria(query));
      expect(found.length, query).to.equal(Math.min(2, expected.length));
      expect(expected, query).to.include.members(found.map(({ id }) => id));
    }
  });

  it('passes over the resource that is excepted, and other types', () => {
    const written = indexWritten(records);
    expect(
      written.find({ ...criteria('identifier=v7'), except: { type: 'Patient', id: 'p7' } }),
    ).to.deep.equal([]);
    expect(
      written.find({
        type: 'Practitioner',
        where: parseCriteria('Practitioner', 'identifier=v7', 'http://x/fhir'),
      }),
    ).to.deep.equal([]);
  });

  it('gives up where its searches compare too much', () => {
    const many = indexWritten(Array.from({ length: 4000 }, (_, n) => record(`q${String(n)}`, {})));
    const scan = criteria(Array.from({ length: 250 }, (_, n) => `name=n${String(n)}`).join('&'));
    expect(() => {
      for (let n = 0; n < 100; n++) many.find(scan);
    })
      .to.throw(FhirError)
      .with.property('category', 'too-large');
  });
});

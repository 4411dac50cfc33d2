import { expect } from 'chai';

import { criteriaName } from '../../src/domain/records/bundle/criteria-name.js';
import { parseCriteria } from '../../src/fhir/search/parse-search.js';

describe('criteriaName', () => {
  const nameOf = (query: string) => criteriaName('Patient', parseCriteria('Patient', query, 'http://x/fhir'));

  it('is the same for what is only written otherwise', () => {
    for (const [one, other] of [
      ['identifier=s|W', 'identifier=s%7CW'],
      ['identifier=s|W', '?identifier=s|W&_format=json'],
      ['name=A&gender=male', 'gender=male&name=a'],
      ['gender=male,female', 'gender=female,male'],
      ['_id=a,b', '_id=b,a,b'],
      ['gender:not=male,female', 'gender:not=female,male'],
      ['general-practitioner=Practitioner/1', 'general-practitioner=http://x/fhir/Practitioner/1'],
    ] as const) {
      expect(nameOf(one)).to.equal(nameOf(other));
    }
  });

  it('differs for what means something else', () => {
    const queries = [
      'identifier=s|W',
      'identifier=W',
      'identifier=s|W,s|V',
      'identifier=s|W&identifier=s|V',
      'identifier:not=s|W',
      '_id=W',
      'gender=male',
    ];
    expect(new Set(queries.map(nameOf)).size).to.equal(queries.length);
  });
});

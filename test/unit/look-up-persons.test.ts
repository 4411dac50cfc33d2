import { expect } from 'chai';

import { lookUpPersons } from '../../src/domain/records/look-up-persons.js';
import type { RecordsOfPerson } from '../../src/domain/records/index.js';
import { failureOf } from '../support/failure-of.js';

const base = 'http://county-a.test/fhir';
const recordsOf =
  (records: number): RecordsOfPerson =>
  () =>
    Promise.resolve({
      references: Array.from({ length: records }, (_, place) => `Patient/p${String(place)}`),
      provisional: false,
    });

describe('looking up persons for a search', () => {
  it('looks each one up once, however it is written', async () => {
    const asked: string[] = [];
    const recordsOfPerson: RecordsOfPerson = ({ type, id }) => {
      asked.push(`${type}/${id}`);
      return Promise.resolve({ references: ['Patient/a', 'Patient/b'], provisional: id === 'b' });
    };
    const pairs = [
      ['patient:mdm', 'Patient/a,a'],
      ['subject:mdm', `${base}/Patient/a,Person/b`],
      ['patient', 'c'],
    ] as const;
    const found = await lookUpPersons({ recordsOfPerson }, { base }, pairs);
    expect(asked).to.deep.equal(['Patient/a', 'Person/b']);
    expect(found?.provisional).to.equal(true);
    expect([...(found?.persons.keys() ?? [])]).to.deep.equal(asked);
  });

  it('refuses a person with more records than a search may ask for', async () => {
    const look = (records: number): Promise<unknown> =>
      lookUpPersons({ recordsOfPerson: recordsOf(records) }, { base }, [['patient:mdm', 'a']]);
    await look(500);
    const error = await failureOf(look(501));
    expect(error).to.include({ category: 'unsupported-search' });
    expect(String(error)).to.contain('500 records');
  });
});

import { expect } from 'chai';

import { createComparer, fieldsOf } from '../../src/domain/mpi/compare-records.js';
import { type Schema } from '../../src/domain/mpi/features.js';
import { birthDate, packDate } from '../../src/domain/mpi/comparisons/birth-date.js';
import { latinNamePart } from '../../src/domain/mpi/comparisons/latin-name-part.js';
import { personalName } from '../../src/domain/mpi/comparisons/personal-name.js';
import { isOneEdit, jaroWinkler, similarityFrom, wordOf } from '../../src/domain/mpi/string-distance.js';
import { patientFeatures, patientSchema, readIdentity } from '../../src/domain/mpi/index.js';

const evenly = { logShare: (): number => Math.log2(0.01) };

/** Names of the levels by field that comparing two lists of values gives. */
function levelsOf(
  schema: Schema,
  values: readonly unknown[],
  others: readonly unknown[],
): Record<string, string> {
  const comparer = createComparer(schema, evenly);
  comparer.compare({ id: 'a', values, blockingKeys: [] }, { id: 'b', values: others, blockingKeys: [] });
  return Object.fromEntries(
    fieldsOf(schema).map(({ name, levels }, field) => [
      name,
      levels[comparer.found.levels[field] ?? 0]?.name ?? '',
    ]),
  );
}

const latin: Schema = {
  name: 'latin',
  comparisons: [personalName(latinNamePart), birthDate],
  rules: [],
  corroborated: [],
};

const named = (given: string, surname: string): unknown => ({
  given: given ? wordOf(given) : undefined,
  surname: surname ? wordOf(surname) : undefined,
  whole: 0,
  swapped: 0,
});

describe('string distance', () => {
  it('gives the similarities that Winkler published', () => {
    expect(jaroWinkler('martha', 'marhta')).to.be.closeTo(0.961, 0.001);
    expect(jaroWinkler('dwayne', 'duane')).to.be.closeTo(0.84, 0.001);
    expect(jaroWinkler('dixon', 'dicksonx')).to.be.closeTo(0.813, 0.001);
    expect(jaroWinkler('abc', 'xyz')).to.equal(0);
  });

  it('refuses by letters nothing that is similar', () => {
    const words = [
      'martha',
      'marhta',
      'dwayne',
      'duane',
      'dixon',
      'dicksonx',
      'emma',
      'emily',
      'a',
      'ab',
    ].map(wordOf);
    for (const one of words) {
      for (const other of words) {
        const similarity = jaroWinkler(one.text, other.text);
        expect(similarityFrom(0.8, one, other)).to.equal(similarity >= 0.8 ? similarity : 0);
      }
    }
  });

  it('knows one edit: insert, delete, replace, neighbours changed over', () => {
    for (const [one, other] of [
      ['lily', 'lilyn'],
      ['gus', 'gu'],
      ['caleb', 'caleg'],
      ['pia', 'pai'],
      ['kate lin', 'katelin'],
      ['', 'a'],
    ] as const) {
      expect(isOneEdit(one, other), `${one} ${other}`).to.equal(true);
      expect(isOneEdit(other, one), `${other} ${one}`).to.equal(true);
    }
    for (const [one, other] of [
      ['lily', 'lily'],
      ['gus', 'olivi'],
      ['abcd', 'badc'],
      ['abc', 'cba'],
      ['ab', 'abcd'],
    ] as const) {
      expect(isOneEdit(one, other), `${one} ${other}`).to.equal(false);
    }
  });
});

describe('comparison of names and birth dates', () => {
  const names = (one: unknown, other: unknown): Record<string, string> =>
    levelsOf(latin, [one, undefined], [other, undefined]);
  const dates = (one: string, other: string): string | undefined =>
    levelsOf(latin, [undefined, packDate(one)], [undefined, packDate(other)])['birthDate'];

  it('grades spellings', () => {
    expect(names(named('james', 'waller'), named('james', 'walter'))).to.include({
      given: 'exact',
      surname: 'one edit',
      nameOrder: 'in place',
    });
    expect(names(named('james', 'waller'), named('emma', ''))).to.include({
      given: 'disagree',
      surname: 'absent',
    });
  });

  it('sees parts in each other’s place', () => {
    expect(names(named('james', 'waller'), named('waler', 'james'))).to.deep.include({
      given: 'exact',
      surname: 'one edit',
      nameOrder: 'parts swapped',
    });
    expect(names(named('ryan', 'clarke'), named('emma', 'ryan')).nameOrder).to.equal('in place');
  });

  it('leaves out what one side does not tell', () => {
    expect(levelsOf(latin, [undefined, packDate('19800101')], [named('a', 'b'), undefined])).to.deep.equal({
      given: 'absent',
      surname: 'absent',
      nameOrder: 'absent',
      birthDate: 'absent',
    });
  });

  it('grades dates by the slip that would explain them', () => {
    expect(dates('19830412', '19830412')).to.equal('exact');
    expect(dates('19830412', '19830413')).to.equal('one edit');
    expect(dates('19830412', '19384012')).to.equal('disagree');
    expect(dates('19830412', '19831204')).to.equal('day and month swapped');
    expect(dates('19830412', '19610412')).to.equal('disagree');
  });
});

describe('comparison of Patients', () => {
  const patient = (text: string, more: Record<string, unknown> = {}): readonly unknown[] =>
    patientFeatures('p', readIdentity({ resourceType: 'Patient', name: [{ text }], ...more })).values;
  const compare = (one: readonly unknown[], other: readonly unknown[]): Record<string, string> =>
    levelsOf(patientSchema, one, other);

  it('hears names that sound alike and sees characters that look alike', () => {
    expect(compare(patient('王芳'), patient('王方'))).to.include({ surname: 'exact', given: 'same sound' });
    expect(compare(patient('李俊'), patient('李峻')).given).to.equal('same sound');
    expect(compare(patient('张未'), patient('张末')).given).to.equal('alike in writing');
    expect(compare(patient('蒋经国'), patient('蒋纬国')).given).to.equal('one character');
    expect(compare(patient('王芳'), patient('王丽')).given).to.equal('disagree');
  });

  it('finds a name again whose parts or separators are lost', () => {
    expect(compare(patient('俞杰龙'), patient('杰龙俞'))).to.include({
      given: 'exact',
      nameOrder: 'parts swapped',
    });
    expect(compare(patient('买买提·吐尔逊'), patient('买买提吐尔逊'))).to.include({
      given: 'exact',
      surname: 'exact',
    });
  });

  it('takes placeholders for nothing', () => {
    const telecom = [{ system: 'phone', value: '13800000000' }];
    const one = patient('不详', { birthDate: '1900-01-01', telecom });
    expect(compare(one, one)).to.include({ given: 'absent', birthDate: 'absent', phone: 'absent' });
  });

  it('tells a verified id from one that a record contradicts', () => {
    const system = 'urn:oid:2.16.156.10011.1.3';
    const identifier = [{ system, value: '11010519491231002X' }];
    const own = patient('王芳', { identifier, birthDate: '1949-12-31', gender: 'female' });
    const relative = patient('王芳', { identifier, birthDate: '1975-03-02', gender: 'female' });
    expect(compare(own, own).identifier).to.equal('exact');
    expect(compare(own, relative).identifier).to.equal('same, contradicted by a record');
  });
});

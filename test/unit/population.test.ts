import { expect } from 'chai';

import { errorRules } from '../../scripts/population/error-classes.js';
import { generatePopulation, type LabelledPatient } from '../../scripts/population/generate-population.js';
import { systems } from '../../scripts/region/identifiers.js';
import { readResidentId } from '../../src/domain/mpi/identity/index.js';
import { validateResource } from '../../src/validation/validate-resource.js';

const size = 5000;
const share = 0.3;

const idOf = ({ patient }: LabelledPatient): string | undefined =>
  patient.identifier?.find(({ system }) => system === systems.residentId)?.value;
const nameOf = ({ patient }: LabelledPatient): string => patient.name?.[0]?.text ?? '';

describe('a generated population', () => {
  const population = generatePopulation({ seed: 'test', size });
  const firsts = new Map(
    population.filter(({ record }) => record === 1).map((row) => [row.person, row] as const),
  );
  const seconds = population.filter(({ record }) => record === 2);
  const ofClass = (error: string): (readonly [first: LabelledPatient, second: LabelledPatient])[] =>
    seconds.flatMap((second) => {
      const first = firsts.get(second.person);
      return first && second.error === error ? [[first, second] as const] : [];
    });

  it('has each person once, and a second record of thirty in a hundred', () => {
    expect(firsts.size).to.equal(size);
    expect(seconds.length).to.equal(size * share);
    expect(new Set(seconds.map(({ person }) => person)).size).to.equal(seconds.length);
    expect(new Set(population.map(({ patient }) => patient.id)).size).to.equal(population.length);
    for (const { person, patient } of seconds) {
      expect(firsts.get(person)?.patient.managingOrganization).to.not.deep.equal(
        patient.managingOrganization,
      );
    }
  });

  it('is the same for a seed', () => {
    const again = generatePopulation({ seed: 'test', size: 500 });
    expect(again).to.deep.equal(generatePopulation({ seed: 'test', size: 500 }));
    expect(again).to.not.deep.equal(generatePopulation({ seed: 'other', size: 500 }));
  });

  it('has every class of error at its share', () => {
    for (const { code, share: percent } of errorRules) {
      const wanted = (seconds.length * percent) / 100;
      expect(ofClass(code).length, code).to.be.within(0.8 * wanted, 1.05 * wanted);
    }
    expect(ofClass('none').length).to.be.within(0.15 * seconds.length, 0.25 * seconds.length);
    expect(population.every(({ record, error }) => (record === 2) === (error !== undefined))).to.equal(true);
  });

  it('gives each person a resident id of its own, right by check character, birth date and sex', () => {
    const ids = [...firsts.values()].flatMap((row) => idOf(row) ?? []);
    expect(ids.length).to.be.above(0.95 * size);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const row of firsts.values()) {
      const read = readResidentId(idOf(row) ?? '');
      if (!read) continue;
      expect(read).to.deep.include({ checkRight: true, legacy: false, sex: row.patient.gender });
      expect(read.birthDate).to.equal(row.patient.birthDate);
    }
  });

  it('marks what became of the id', () => {
    for (const second of seconds) {
      const [id, own] = [idOf(second), idOf(firsts.get(second.person) ?? second)];
      if (second.id === 'absent') expect(id ?? '111111111111111111').to.equal('111111111111111111');
      if (second.id === 'relative')
        expect([...firsts.values()].map(idOf))
          .to.include(id)
          .and.not.equal(own);
      if (second.id === 'wrong') expect(readResidentId(id ?? '')?.checkRight).to.equal(false);
      if (second.id === 'own' && own) expect(readResidentId(id ?? '')?.value).to.equal(own);
    }
  });

  it('makes one error a class', () => {
    for (const [first, second] of [...ofClass('homophone'), ...ofClass('glyph'), ...ofClass('traditional')]) {
      expect(nameOf(second)).to.not.equal(nameOf(first));
      expect([...nameOf(second)].length).to.equal([...nameOf(first)].length);
      expect(second.patient.birthDate).to.equal(first.patient.birthDate);
    }
    for (const [first, second] of ofClass('swapped-date')) {
      const [year, month, day] = (first.patient.birthDate ?? '').split('-');
      expect(second.patient.birthDate).to.equal(`${year ?? ''}-${day ?? ''}-${month ?? ''}`);
      expect(nameOf(second)).to.equal(nameOf(first));
    }
    for (const [first, second] of ofClass('legacy-id')) {
      expect(idOf(second)).to.match(/^\d{15}$/);
      expect(readResidentId(idOf(second) ?? '')?.value).to.equal(idOf(first));
    }
    for (const [first, second] of ofClass('id-digit')) {
      const pairs = [...(idOf(first) ?? '')].filter((digit, place) => digit !== idOf(second)?.[place]);
      expect(pairs.length).to.equal(1);
    }
    for (const [, second] of ofClass('newborn')) {
      expect(nameOf(second)).to.match(/之[子女]\d?$/);
      expect((second.patient.birthDate ?? '') >= '2025-06-30').to.equal(true);
    }
    for (const [first, second] of ofClass('interpunct')) expect(nameOf(second)).to.not.equal(nameOf(first));
  });

  it('has twins: two people of one birthday, one telephone and two names', () => {
    const twins = ofClass('twins');
    const named = twins.filter(([first, second]) => nameOf(first) === nameOf(second));
    expect(named.length).to.equal(twins.length);
    for (const [first, second] of twins) {
      const phone = second.patient.telecom?.[0]?.value;
      const sameHome = [...firsts.values()].filter(
        ({ person, patient }) =>
          person !== first.person &&
          patient.birthDate === first.patient.birthDate &&
          Math.abs(person - first.person) === 1,
      );
      expect(sameHome.length, phone).to.be.at.least(1);
      expect(nameOf(sameHome[0] ?? first)).to.not.equal(nameOf(first));
    }
  });

  it('has families that share homes, telephones and family names', () => {
    const phones = new Map<string, number>();
    for (const { patient } of firsts.values()) {
      const phone = patient.telecom?.[0]?.value ?? '';
      phones.set(phone, (phones.get(phone) ?? 0) + 1);
    }
    phones.delete('');
    phones.delete('13800000000');
    const shared = [...phones.values()]
      .filter((number) => number > 1)
      .reduce((sum, number) => sum + number, 0);
    expect(shared / size).to.be.within(0.2, 0.6);
  });

  it('is made of valid Patients', () => {
    for (const { patient } of population.slice(0, 100).concat(seconds.slice(0, 300))) {
      const result = validateResource('Patient', patient, JSON.stringify(patient));
      expect(result.ok ? [] : result.issues).to.deep.equal([]);
    }
  });
});

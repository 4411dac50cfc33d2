import type { Bundle, Encounter, Patient } from 'fhir/r4.js';
import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { generateRegion, type RegionBundle } from '../../scripts/region/generate-region.js';
import { createInstitutions } from '../../scripts/region/institutions.js';
import { frequentFamilyNames } from '../../scripts/region/names.js';
import type { PatientRecord } from '../../scripts/region/patient-records.js';
import { systems } from '../../scripts/region/identifiers.js';
import { errorRates } from '../../scripts/region/record-rates.js';
import { residentCheck } from '../../src/domain/mpi/identity/index.js';
import { patientFeatures, readIdentity } from '../../src/domain/mpi/index.js';
import { validateResource } from '../../src/validation/validate-resource.js';
import { counties } from '../../scripts/region/divisions.js';

const options = {
  seed: 'test',
  size: 300,
  nodes: new Map([['420600', 'http://127.0.0.1:8080/fhir']]),
};
const read = ({ text }: RegionBundle): Bundle => JSON.parse(text) as Bundle;
const patientIn = (bundle: RegionBundle): Patient => read(bundle).entry?.[0]?.resource as Patient;
const identifierOf = ({ identifier = [] }: Patient, wanted: string): string | undefined =>
  identifier.find(({ system }) => system === wanted)?.value;
const digest = (bundles: Iterable<RegionBundle>): string => {
  const hash = createHash('sha256');
  for (const { text } of bundles) hash.update(text);
  return hash.digest('hex');
};

describe('generateRegion', () => {
  it('writes the same text for the same options', () => {
    expect(digest(generateRegion(options).visits())).to.equal(digest(generateRegion(options).visits()));
    expect(digest(generateRegion(options).directory())).to.equal(digest(generateRegion(options).directory()));
    expect(digest(generateRegion({ ...options, seed: 'other' }).visits())).not.to.equal(
      digest(generateRegion(options).visits()),
    );
  });

  it('gives the same first people however many are asked for', () => {
    const texts = (size: number): string[] =>
      [...generateRegion({ ...options, size }).visits()].map(({ text }) => text);
    expect(texts(60).slice(0, 40)).to.deep.equal(texts(30).slice(0, 40));
  });

  it('makes visits only as they are taken', () => {
    const visits = generateRegion({ ...options, size: 1_000_000_000 }).visits();
    expect(visits.next().done).to.equal(false);
  });

  it('has institutions of every category in every county, each code once', () => {
    const institutions = createInstitutions('test');
    const categories = new Set(institutions.map(({ category }) => category));
    expect([...categories].sort()).to.deep.equal([
      'A100',
      'A210',
      'B100',
      'C210',
      'C220',
      'D600',
      'E100',
      'G100',
      'J100',
      'K100',
    ]);
    expect(new Set(institutions.map(({ code }) => code)).size).to.equal(institutions.length);
    for (const { code } of counties) {
      const local = institutions.filter(({ area }) => area === code).map(({ category }) => category);
      expect(local).to.include.members(['A100', 'A210', 'G100', 'J100']);
    }
  });

  it('refers only to institutions and practitioners that the directory makes', () => {
    const region = generateRegion(options);
    const known = new Set<string>();
    for (const bundle of region.directory()) {
      for (const { resource } of read(bundle).entry ?? []) {
        const { identifier } = resource as { identifier?: { system?: string; value?: string }[] };
        for (const { system, value } of identifier ?? [])
          known.add(`${resource?.resourceType}?identifier=${system}|${value}`);
      }
    }
    const all = [...region.directory(), ...region.visits()].map(({ text }) => text).join('\n');
    const references = new Set(
      [...all.matchAll(/"reference":"([A-Z]\w+\?[^"]+)"/g)].map((match) => match[1]),
    );
    expect(references.size).to.be.greaterThan(100);
    expect([...references].filter((reference) => !known.has(reference ?? ''))).to.deep.equal([]);
  });

  it('resolves every urn:uuid inside its own bundle, each fullUrl once in the region', () => {
    const urls = new Set<string>();
    for (const { text } of generateRegion(options).visits()) {
      const own = new Set([...text.matchAll(/"fullUrl":"([^"]+)"/g)].map((match) => match[1] ?? ''));
      for (const [, reference] of text.matchAll(/"reference":"(urn:uuid:[^"]+)"/g))
        expect(own).to.include(reference);
      for (const url of own) {
        expect(urls).not.to.include(url);
        urls.add(url);
      }
    }
  });

  it('names patients by frequency, with resident ids that agree with sex and birth date', () => {
    const families = new Map<string, number>();
    let checked = 0;
    for (const { record, ...bundle } of generateRegion({ ...options, size: 2000 }).visits()) {
      if (record.error !== undefined) continue;
      const patient = patientIn(bundle);
      const family = patient.name?.[0]?.family ?? '';
      families.set(family, (families.get(family) ?? 0) + 1);
      const id = identifierOf(patient, systems.residentId);
      if (id === undefined) continue;
      checked += 1;
      expect(id.at(-1)).to.equal(residentCheck(id));
      expect(id.slice(6, 14)).to.equal(patient.birthDate?.replaceAll('-', ''));
      expect(Number(id[16]) % 2 === 1).to.equal(patient.gender === 'male');
    }
    expect(checked).to.be.above(1900);
    const frequent = [...families]
      .sort((one, other) => other[1] - one[1])
      .slice(0, 5)
      .map(([name]) => name);
    expect(frequent).to.include.members(['王', '李', '张']);
    const known = [...families].filter(([name]) => frequentFamilyNames.includes(name));
    const count = (rows: Iterable<readonly [string, number]>): number =>
      [...rows].reduce((sum, [, n]) => sum + n, 0);
    expect(count(known) / count(families)).to.be.above(0.85);
  });

  it('keeps the digits of what a laboratory reports', () => {
    const texts = [...generateRegion(options).visits()].map(({ text }) => text).join('');
    const glucose = [...texts.matchAll(/"text":"空腹血糖"\},"valueQuantity":\{"value":([^,]+),/g)].map(
      ([, value]) => value,
    );
    expect(glucose.length).to.be.greaterThan(20);
    for (const value of glucose) expect(value).to.match(/^\d+\.\d\d$/);
    expect(glucose.some((value) => value?.endsWith('0'))).to.equal(true);
  });

  it('says what each bundle adds: a hospital that meets a patient again adds no patient', () => {
    const region = generateRegion(options);
    const patients = new Set<string>();
    let said = 0;
    for (const bundle of region.visits()) {
      const patient = read(bundle).entry?.[0]?.resource as Patient;
      patients.add(patient.identifier?.[0]?.value ?? '');
      said += bundle.adds.get('Patient') ?? 0;
    }
    expect(said).to.equal(patients.size);
  });

  it('is valid FHIR R4 throughout', function () {
    this.timeout(60_000);
    const region = generateRegion(options);
    const types = new Set<string>();
    for (const bundle of [...region.directory(), ...region.visits()]) {
      for (const { resource } of read(bundle).entry ?? []) {
        if (!resource) continue;
        types.add(resource.resourceType);
        const result = validateResource(resource.resourceType, resource, JSON.stringify(resource));
        expect(result.ok ? [] : result.issues).to.deep.equal([]);
      }
    }
    expect(types).to.include.members([
      'Endpoint',
      'OrganizationAffiliation',
      'Encounter',
      'MedicationRequest',
    ]);
  });

  describe('people with records in several institutions', () => {
    const size = 4000;
    const patients = new Map<string, { readonly record: PatientRecord; readonly patient: Patient }>();
    const firsts = new Map<number, PatientRecord>();
    let further: PatientRecord[];

    before(() => {
      for (const { record, ...bundle } of generateRegion({ ...options, size }).visits()) {
        if (!patients.has(record.number)) patients.set(record.number, { record, patient: patientIn(bundle) });
      }
      const records = [...patients.values()].map(({ record }) => record);
      for (const record of records) if (record.record === 1) firsts.set(record.person, record);
      further = records.filter(({ record }) => record > 1);
    });

    const share = (test: (record: PatientRecord) => boolean, of = further): number =>
      of.filter(test).length / of.length;

    it('are three in ten, some of them in a third institution', () => {
      expect(firsts.size).to.equal(size);
      const seconds = further.filter(({ record }) => record === 2).length;
      expect(seconds / size).to.be.within(0.28, 0.32);
      expect((further.length - seconds) / size).to.be.within(0.03, 0.06);
      for (const { person, institution } of further)
        expect(institution).not.to.equal(firsts.get(person)?.institution);
    });

    it('go to another county or the city for every other further record', () => {
      const isElsewhere = ({ person, institution }: PatientRecord): boolean =>
        institution.area !== firsts.get(person)?.institution.area;
      expect(share(isElsewhere)).to.be.within(0.45, 0.55);
      expect(share((record) => isElsewhere(record) && record.institution.area !== '420600')).to.be.above(
        0.15,
      );
    });

    it('are registered again with each class of error at its share, mostly none or another home', () => {
      for (const { code, share: percent, rare } of errorRates) {
        const found = share(({ error }) => error === code) * 100;
        // Not every error can happen to everybody; what can't gives way to others.
        const bounds: [number, number] = rare ? [0.2, 8] : [0.25 * percent, 1.5 * percent];
        expect(found, code).to.be.within(...bounds);
      }
      expect(share(({ error }) => error === 'none' || error === 'moved')).to.be.within(0.6, 0.75);
      expect(share(({ error }) => error === undefined || error === 'unidentified')).to.equal(0);
    });

    it('have a Patient of each institution under a number of its own, which does not tell the person', () => {
      const numbers = new Map<string, number[]>();
      for (const { record, patient } of patients.values()) {
        const { code } = record.institution;
        expect(identifierOf(patient, systems.healthRecord)).to.equal(record.number);
        expect(patient.managingOrganization?.reference).to.include(code);
        expect(patient).not.to.have.property('id');
        numbers.set(code, [...(numbers.get(code) ?? []), record.serial]);
      }
      for (const serials of numbers.values())
        expect(serials.sort((one, other) => one - other)).to.deep.equal(serials.map((_, place) => place + 1));
    });

    it('leave a few of whom nothing is known that could be matched', () => {
      const unmatchable = [...patients.values()].filter(
        ({ patient }) => patientFeatures('', readIdentity(patient)).blockingKeys.length === 0,
      );
      expect(unmatchable.length / size).to.be.within(0.005, 0.015);
      for (const { record } of unmatchable) expect(record.error).to.equal('unidentified');
      expect(share(({ error }) => error === 'unidentified', [...firsts.values()]) * size).to.equal(
        unmatchable.length,
      );
    });

    it('tell the county of their home by its code where the parts of the address are told', () => {
      for (const { patient, record } of patients.values()) {
        const district = patient.address?.[0]?.district;
        const [home] = readIdentity(patient).addresses;
        expect(home?.division ?? '').to.equal(
          district === undefined ? '' : record.registration.home.county.code,
        );
      }
    });
  });

  it('lets everything of a visit point at the Patient of the institution that sends it', () => {
    for (const { institution, ...bundle } of generateRegion(options).visits()) {
      const { entry = [] } = read(bundle);
      const [patientUrl, ...others] = entry.map(({ fullUrl }) => fullUrl);
      expect(others.length).to.be.above(1);
      for (const { resource } of entry.slice(1))
        expect(resource).to.have.nested.property('subject.reference', patientUrl);
      expect(entry[1]?.resource)
        .to.have.nested.property('serviceProvider.reference')
        .that.includes(institution.code);
      expect(patientIn(bundle).managingOrganization?.reference).to.include(institution.code);
    }
  });

  it('has no visit before the birth', () => {
    for (const { record, ...bundle } of generateRegion({ ...options, size: 1000 }).visits()) {
      const encounter = read(bundle).entry?.[1]?.resource as Encounter;
      expect(encounter.period?.start?.slice(0, 10) ?? '').satisfy(
        (day: string) => day >= record.registration.birthDate,
      );
    }
  });
});

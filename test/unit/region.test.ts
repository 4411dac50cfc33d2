import type { Bundle, Patient } from 'fhir/r4.js';
import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { generateRegion, type RegionBundle } from '../../scripts/region/generate-region.js';
import { createInstitutions } from '../../scripts/region/institutions.js';
import { frequentFamilyNames } from '../../scripts/region/names.js';
import { systems } from '../../scripts/region/identifiers.js';
import { residentCheck } from '../../src/domain/mpi/identity/index.js';
import { validateResource } from '../../src/validation/validate-resource.js';
import { counties } from '../../scripts/region/divisions.js';

const options = {
  seed: 'test',
  size: 300,
  nodes: new Map([['420600', 'http://127.0.0.1:8080/fhir']]),
};
const read = ({ text }: RegionBundle): Bundle => JSON.parse(text) as Bundle;
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
    for (const bundle of generateRegion({ ...options, size: 2000 }).visits()) {
      const patient = read(bundle).entry?.[0]?.resource as Patient;
      const id = patient.identifier?.find(({ system }) => system === systems.residentId)?.value ?? '';
      expect(id.at(-1)).to.equal(residentCheck(id));
      expect(id.slice(6, 14)).to.equal(patient.birthDate?.replaceAll('-', ''));
      expect(Number(id[16]) % 2 === 1).to.equal(patient.gender === 'male');
      const family = patient.name?.[0]?.family ?? '';
      expect(frequentFamilyNames).to.include(family);
      families.set(family, (families.get(family) ?? 0) + 1);
    }
    const frequent = [...families]
      .sort((one, other) => other[1] - one[1])
      .slice(0, 5)
      .map(([name]) => name);
    expect(frequent).to.include.members(['王', '李', '张']);
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
});

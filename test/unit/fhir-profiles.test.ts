import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { fieldsOf } from '../../src/domain/mpi/compare-records.js';
import { patientSchema } from '../../src/domain/mpi/patient/patient-schema.js';
import {
  linkageText,
  readDecision,
  type StandingDecision,
} from '../../src/domain/mpi/registry/records/decision.js';
import { fieldReasons } from '../../src/domain/mpi/registry/records/field-reasons.js';
import { extensionUrls, reviewSystem } from '../../src/domain/mpi/registry/records/names.js';
import { readPerson, personText } from '../../src/domain/mpi/registry/records/person.js';
import {
  reviewChoices,
  reviewFields,
  reviewKinds,
  reviewLevels,
  reviewParts,
  reviewReasons,
} from '../../src/domain/mpi/registry/records/review-codes.js';
import { readReviewTask, reviewTaskText } from '../../src/domain/mpi/registry/records/review-task.js';
import { validateResource } from '../../src/validation/validate-resource.js';
import type { Json } from '../support/fhir-request.js';

const root = 'fhir-profiles';
const definitions = ['code-systems', 'structure-definitions', 'operation-definitions'];

interface ProfileFile {
  readonly name: string;
  readonly value: Json;
}

const filesIn = (folder: string): ProfileFile[] =>
  readdirSync(join(root, folder)).map((name) => ({
    name: `${folder}/${name}`,
    value: JSON.parse(readFileSync(join(root, folder, name), 'utf8')) as Json,
  }));

const isValid = ({ value }: ProfileFile): boolean =>
  validateResource(String(value['resourceType']), value, JSON.stringify(value)).ok;

const examplesOf = (type: string): Json[] =>
  filesIn('examples/valid')
    .map(({ value }) => value)
    .filter(({ resourceType }) => resourceType === type);

describe('fhir-profiles', () => {
  it('holds valid definitions and examples', () => {
    const folders = [...definitions, 'examples/valid'];
    const wrong = folders.flatMap(filesIn).filter((file) => !isValid(file));
    expect(wrong.map(({ name }) => name)).to.deep.equal([]);
  });

  it('holds examples that the validation refuses', () => {
    expect(filesIn('examples/invalid').filter(isValid)).to.deep.equal([]);
  });

  it('names its files and canonical URLs by the id', () => {
    for (const folder of definitions) {
      for (const { name, value } of filesIn(folder)) {
        const { id, url, resourceType } = value as Record<string, string>;
        expect(name).to.equal(`${folder}/${id ?? ''}.json`);
        expect(url).to.equal(`https://regional-hie.org/fhir/${resourceType ?? ''}/${id ?? ''}`);
      }
    }
  });

  it('defines every extension that the person index writes', () => {
    const urls = filesIn('structure-definitions').map(({ value }) => value['url']);
    expect(urls).to.include.members(Object.values(extensionUrls));
  });

  it('lists the codes of the steward’s queue with the displays that Tasks show', () => {
    const [system] = filesIn('code-systems').filter(({ value }) => value['url'] === reviewSystem);
    const concepts = (system?.value['concept'] ?? []) as Json[];
    const ofUse = (use: string): Record<string, unknown> =>
      Object.fromEntries(
        concepts
          .filter(({ property }) => (property as Json[])[0]?.['valueCode'] === use)
          .map(({ code, display }) => [code, display]),
      );
    expect(ofUse('kind')).to.deep.equal(reviewKinds);
    expect(ofUse('reason')).to.deep.equal(reviewReasons);
    expect(ofUse('choice')).to.deep.equal(reviewChoices);
    expect(ofUse('part')).to.deep.equal(reviewParts);
    expect(ofUse('field')).to.deep.equal(reviewFields);
    expect(ofUse('level')).to.deep.equal(reviewLevels);
    expect(system?.value['count']).to.equal(concepts.length);
  });

  it('has a code for every field that is compared and for each of its levels', () => {
    const every = fieldsOf(patientSchema).flatMap(({ name, levels }) =>
      levels.map((level) => ({ field: name, level: level.name, agreement: level.agreement })),
    );
    const told = every.filter(({ agreement }) => agreement !== 'absent');
    const reasons = fieldReasons(every.map((one) => ({ ...one, m: 1, u: 1, weight: -0.04 })));
    expect(reasons.map(({ field }) => field)).to.deep.equal(told.map(({ field }) => field));
    expect(new Set(reasons.map(({ level }) => level))).to.have.all.keys(Object.keys(reviewLevels));
    expect(reasons.every(({ weight }) => Object.is(weight, 0))).to.equal(true);
  });

  it('shows Linkages as the person index writes and reads them', () => {
    for (const value of examplesOf('Linkage')) {
      const [decision, decidedBy, ...rest] = value['extension'] as Json[];
      const reason = rest.find(({ url }) => url === extensionUrls.reason)?.['valueString'] as string;
      const read = readDecision({
        key: { type: 'Linkage', id: value['id'] as string },
        body: JSON.stringify({ ...value, active: true }),
        deleted: false,
        lastUpdated: '',
      }) as StandingDecision;
      expect(read.kind).to.equal(decision?.['valueCode']);
      const text = linkageText({
        ...read,
        decidedBy: decidedBy?.['valueString'] as string,
        ...(reason ? { reason } : {}),
        active: value['active'] as boolean,
      });
      expect(JSON.parse(text)).to.deep.equal(value);
    }
  });

  it('shows Tasks and Persons as the person index writes and reads them', () => {
    for (const value of examplesOf('Task')) {
      const task = readReviewTask(JSON.stringify(value));
      expect(task && JSON.parse(reviewTaskText(task))).to.deep.equal(value);
    }
    for (const value of examplesOf('Person')) {
      const { name, gender, birthDate } = value;
      const shown = { name, gender, birthDate, division: '', identifiers: [] };
      const text = personText(readPerson(JSON.stringify(value)), shown, 'city');
      expect(JSON.parse(text)).to.deep.equal(value);
    }
  });
});

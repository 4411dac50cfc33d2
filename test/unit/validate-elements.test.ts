import { expect } from 'chai';
import { anExtension, extended, faultsOf, observation, patient, validate } from '../support/validation.js';

describe('validateResource: required elements and choices', () => {
  it('names each required element that is missing', () => {
    expect(faultsOf({ resourceType: 'Observation' })).to.have.members([
      'required Observation.status',
      'required Observation.code',
    ]);
    expect(validate({ resourceType: 'Observation' })).to.include({ ok: false, category: 'business-rule' });
  });

  it('asks for required elements of nested parts that are there', () => {
    expect(faultsOf(patient({ communication: [{ preferred: true }] }))).to.deep.equal([
      'required Patient.communication[0].language',
    ]);
    expect(faultsOf(patient({ communication: [{ language: { text: '汉语' } }] }))).to.deep.equal([]);
  });

  it('takes any type of a required choice', () => {
    const request = (parts: Record<string, unknown>): string[] =>
      faultsOf({
        resourceType: 'MedicationRequest',
        status: 'active',
        intent: 'order',
        subject: { reference: 'Patient/1' },
        ...parts,
      });
    expect(request({ medicationReference: { reference: 'Medication/1' } })).to.deep.equal([]);
    expect(request({ medicationCodeableConcept: { text: 'x' } })).to.deep.equal([]);
    expect(request({})).to.deep.equal(['required MedicationRequest.medication']);
  });

  it('refuses two types of one choice', () => {
    expect(faultsOf(observation({ valueString: 'x', valueInteger: 1 }))).to.deep.equal([
      'invariant Observation.value.ofType(integer)',
    ]);
    expect(faultsOf(observation({ valueString: 'x', _valueInteger: anExtension }))).to.have.length(1);
    expect(faultsOf(observation({ valueString: 'x', _valueString: anExtension }))).to.deep.equal([]);
  });

  it('refuses a type that the choice does not have', () => {
    expect(faultsOf(observation({ valueAddress: { text: 'x' } }))).to.deep.equal([
      'structure Observation.valueAddress',
    ]);
  });

  it('lets an extension have a value or extensions', () => {
    expect(faultsOf(extended({}))).to.deep.equal(['invariant Patient.extension[0]']);
    expect(faultsOf(extended({ valueCode: 'a', extension: [{ url: 'b', valueCode: 'c' }] }))).to.deep.equal([
      'invariant Patient.extension[0]',
    ]);
    expect(faultsOf(extended({ extension: [{ url: 'b', valueCode: 'c' }] }))).to.deep.equal([]);
    expect(faultsOf(patient({ extension: [{ url: 'b', valueCode: 'c' }] }))).to.deep.equal([
      'value Patient.extension[0].url',
    ]);
  });

  it('accepts an unknown modifierExtension and Meta as a value', () => {
    expect(
      faultsOf(patient({ modifierExtension: [{ url: 'https://example.org/m', valueBoolean: true }] })),
    ).to.deep.equal([]);
    expect(faultsOf(extended({ valueMeta: { versionId: '1' } }))).to.deep.equal([]);
  });

  it('refuses a comparator where a SimpleQuantity is asked for', () => {
    const low = { value: 1, comparator: '<' };
    expect(faultsOf(observation({ referenceRange: [{ low }] }))).to.deep.equal([
      'invariant Observation.referenceRange[0].low.comparator',
    ]);
    expect(faultsOf(observation({ valueQuantity: low }))).to.deep.equal([]);
  });

  it('follows elements that are defined elsewhere in the resource', () => {
    const item = {
      linkId: '1',
      type: 'group',
      item: [{ linkId: '2', type: 'group', item: [{ type: 'string' }] }],
    };
    expect(faultsOf({ resourceType: 'Questionnaire', status: 'draft', item: [item] })).to.deep.equal([
      'required Questionnaire.item[0].item[0].item[0].linkId',
    ]);
    expect(
      faultsOf(observation({ component: [{ code: { text: 'x' }, referenceRange: [{ foo: 1 }] }] })),
    ).to.deep.equal(['structure Observation.component[0].referenceRange[0].foo']);
  });

  it('keeps to R4 where the installed definitions carry later versions', () => {
    expect(faultsOf(patient({ meta: { project: 'x' } }))).to.deep.equal(['structure Patient.meta.project']);
    const status = (code: string): string[] => faultsOf({ resourceType: 'DetectedIssue', status: code });
    expect(status('amended')).to.deep.equal([]);
    expect(status('mitigated')).to.deep.equal(['code-invalid DetectedIssue.status']);
    const scenario = {
      resourceType: 'ExampleScenario',
      status: 'draft',
      instance: [{ resourceId: 'a', resourceType: 'Patient' }],
    };
    expect(faultsOf(scenario)).to.deep.equal([]);
  });
});

describe('validateResource: required bindings', () => {
  const condition = (parts: Record<string, unknown>): string[] =>
    faultsOf({ resourceType: 'Condition', subject: { reference: 'Patient/1' }, ...parts });
  const system = 'http://terminology.hl7.org/CodeSystem/condition-clinical';

  it('takes codes of the value set only, with their case', () => {
    expect(faultsOf(patient({ gender: 'female' }))).to.deep.equal([]);
    for (const gender of ['Female', 'f', 'nan']) {
      expect(faultsOf(patient({ gender }))).to.deep.equal(['code-invalid Patient.gender']);
    }
    expect(validate(patient({ gender: 'f' }))).to.include({ ok: false, category: 'business-rule' });
  });

  it('names the value set and not the code', () => {
    const result = validate(patient({ contact: [{ gender: 'secret' }] }));
    if (result.ok) throw new Error('was accepted');
    expect(result.issues[0]?.diagnostics).to.equal(
      'Patient.contact[0].gender is not a code of the required value set http://hl7.org/fhir/ValueSet/administrative-gender',
    );
  });

  it('asks a concept for one coding of the value set, with its system', () => {
    expect(condition({ clinicalStatus: { coding: [{ system, code: 'relapse' }] } })).to.deep.equal([]);
    expect(
      condition({
        clinicalStatus: {
          coding: [
            { system: 'https://example.org', code: 'on' },
            { system, code: 'active' },
          ],
        },
      }),
    ).to.deep.equal([]);
    for (const clinicalStatus of [
      { text: 'active' },
      { coding: [{ code: 'active' }] },
      { coding: [{ system: 'https://example.org', code: 'active' }] },
      { coding: [{ system, code: 'on' }] },
    ]) {
      expect(condition({ clinicalStatus })).to.deep.equal(['code-invalid Condition.clinicalStatus']);
    }
  });

  it('leaves preferred and extensible value sets open', () => {
    expect(
      condition({ code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cn', code: 'I10.x00' }] } }),
    ).to.deep.equal([]);
  });

  it('takes any well-formed code of a system that the specification does not list', () => {
    expect(
      faultsOf(patient({ photo: [{ contentType: 'image/x-own', url: 'https://example.org/a' }] })),
    ).to.deep.equal([]);
    expect(
      faultsOf(patient({ photo: [{ contentType: 'image/x ', url: 'https://example.org/a' }] })),
    ).to.have.length(1);
    expect(faultsOf(extended({ valueMoney: { value: 1, currency: 'CNY' } }))).to.deep.equal([]);
    expect(faultsOf(extended({ valueMoney: { value: 1, currency: 'yuan' } }))).to.deep.equal([
      'code-invalid Patient.extension[0].value.ofType(Money).currency',
    ]);
  });
});

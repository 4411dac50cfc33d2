import { expect } from 'chai';
import { faultsOf, patient, validate } from '../support/validation.js';

describe('validateResource: several faults', () => {
  const sick = {
    resourceType: 'Patient',
    id: 'a_b',
    shoeSize: 44,
    gender: 'x',
    birthDate: '2023-02-30',
    active: 'yes',
    name: [{ given: [], period: { start: 'monday' } }],
    contact: [{ gender: 'male' }, { gender: 'm', name: {} }],
    communication: [{}, { preferred: true }],
    deceasedBoolean: false,
    deceasedDateTime: '2024',
    managingOrganization: { reference: 'Patient/1' },
  };

  it('lists those of both stages at once, each with its place', () => {
    expect(faultsOf(sick)).to.have.members([
      'value Patient.id',
      'structure Patient.shoeSize',
      'code-invalid Patient.gender',
      'value Patient.birthDate',
      'structure Patient.active',
      'structure Patient.name[0].given',
      'value Patient.name[0].period.start',
      'code-invalid Patient.contact[1].gender',
      'structure Patient.contact[1].name',
      'structure Patient.communication[0]',
      'required Patient.communication[1].language',
      'invariant Patient.deceased.ofType(dateTime)',
      'value Patient.managingOrganization.reference',
    ]);
  });

  it('is malformed as soon as one fault is of form', () => {
    expect(validate(sick)).to.include({ category: 'malformed' });
    expect(validate(patient({ gender: 'x', birthDate: '2023-02-30' }))).to.include({
      category: 'business-rule',
    });
    expect(validate(patient({ gender: 'x', birthDate: '2023-02-3' }))).to.include({ category: 'malformed' });
  });

  it('ends the list after 200 and says that there are more', () => {
    const name = Array.from({ length: 5_000 }, () => ({ use: 'x', foo: 1 }));
    const result = validate(patient({ name }));
    if (result.ok) throw new Error('was accepted');
    expect(result.issues).to.have.length(201);
    expect(result.issues.at(-1)).to.include({ severity: 'information', code: 'informational' });
    expect(result.issues.slice(0, 200).every((issue) => issue.severity === 'error')).to.equal(true);
  });

  it('gives the valid resource its type, text and value', () => {
    const resource = patient({ id: 'p' });
    const result = validate(resource);
    if (!result.ok) throw new Error('was refused');
    expect(result.resource).to.deep.include({
      type: 'Patient',
      text: JSON.stringify(resource),
      value: resource,
    });
  });
});

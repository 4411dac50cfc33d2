import { expect } from 'chai';
import { faultsOf, observation, patient, validate } from '../support/validation.js';

describe('validateResource: references', () => {
  const organization = (value: Record<string, unknown>): string[] =>
    faultsOf(patient({ managingOrganization: value }));
  const place = 'value Patient.managingOrganization';

  it('accepts the types of the element in every form', () => {
    for (const reference of [
      'Organization/1',
      'Organization/1/_history/2',
      'https://example.org/fhir/Organization/1',
      'urn:uuid:0190a5d8-0000-7000-8000-00000000000a',
      'urn:oid:1.2.3',
      'https://example.org/registry?id=1',
      'Organization?identifier=a|b',
    ]) {
      expect(organization({ reference }), reference).to.deep.equal([]);
    }
    expect(organization({ display: 'x' })).to.deep.equal([]);
    expect(organization({ type: 'Organization', identifier: { value: '1' } })).to.deep.equal([]);
  });

  it('refuses other types', () => {
    for (const reference of [
      'Patient/1',
      'Patient/1/_history/2',
      'https://example.org/fhir/Patient/1',
      'Patient?name=a',
    ]) {
      expect(organization({ reference }), reference).to.deep.equal([`${place}.reference`]);
    }
    expect(organization({ type: 'Patient', display: 'x' })).to.deep.equal([`${place}.type`]);
  });

  it('refuses a type that differs from the reference, and one that does not exist', () => {
    expect(organization({ reference: 'Organization/1', type: 'Patient' })).to.deep.equal([`${place}.type`]);
    expect(organization({ type: 'Hospital', display: 'x' })).to.deep.equal([
      'code-invalid Patient.managingOrganization.type',
    ]);
  });

  it('refuses white space in a reference', () => {
    expect(organization({ reference: 'Organization/1 ' })).to.deep.equal([`${place}.reference`]);
  });

  it('refuses what is no form of a reference', () => {
    for (const reference of [
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      'vbscript:x',
      'data:text/html,x',
      '../Organization/1',
      '/Organization/1',
      'Organization',
      'Organization/',
      'Organization/a_b',
      'Organization/1/x',
      'Organization/1/_history/',
      'Hospital/1',
      'x',
    ]) {
      const result = validate(patient({ managingOrganization: { reference } }));
      if (result.ok) throw new Error(`${reference} was accepted`);
      expect(result.category, reference).to.equal('malformed');
      expect(result.issues.map(({ expression }) => expression)).to.deep.equal([
        'Patient.managingOrganization.reference',
      ]);
    }
  });

  it('lets an element of any type refer to all', () => {
    expect(
      faultsOf(observation({ focus: [{ reference: 'Patient/1' }, { reference: 'Library/2' }] })),
    ).to.deep.equal([]);
    expect(
      faultsOf(observation({ focus: [{ reference: 'Patient/1' }], subject: { reference: 'Library/2' } })),
    ).to.deep.equal(['value Observation.subject.reference']);
  });
});

describe('validateResource: contained resources', () => {
  const hospital = { resourceType: 'Organization', id: 'h', name: 'x' };
  const contained = (resources: unknown[], reference = '#h'): string[] =>
    faultsOf(patient({ contained: resources, managingOrganization: { reference } }));

  it('resolves #id and checks its type', () => {
    expect(contained([hospital])).to.deep.equal([]);
    expect(contained([{ resourceType: 'Practitioner', id: 'h' }])).to.deep.equal([
      'value Patient.managingOrganization.reference',
    ]);
    expect(contained([hospital], '#other')).to.have.members([
      'invariant Patient.managingOrganization.reference',
      'invariant Patient.contained[0]',
    ]);
    expect(faultsOf(patient({ managingOrganization: { reference: '#h' } }))).to.deep.equal([
      'invariant Patient.managingOrganization.reference',
    ]);
  });

  it('lets contained resources refer to each other and to their container', () => {
    const parent = { ...hospital, partOf: { reference: '#p' } };
    expect(contained([parent, { resourceType: 'Organization', id: 'p', name: 'y' }])).to.deep.equal([]);
    const visit = {
      resourceType: 'Encounter',
      id: 'e',
      status: 'finished',
      class: { code: 'AMB' },
      subject: { reference: '#' },
    };
    expect(faultsOf(patient({ contained: [visit] }))).to.deep.equal([]);
    const episode = {
      resourceType: 'Observation',
      id: 'o',
      status: 'final',
      code: { text: 'x' },
      encounter: { reference: '#' },
    };
    expect(faultsOf(patient({ contained: [episode] }))).to.deep.equal([
      'value Patient.contained[0].encounter.reference',
    ]);
  });

  it('asks each contained resource to be of use', () => {
    expect(faultsOf(patient({ contained: [hospital] }))).to.deep.equal(['invariant Patient.contained[0]']);
    const div = '<div xmlns="http://www.w3.org/1999/xhtml"><a href="#h">x</a></div>';
    expect(faultsOf(patient({ contained: [hospital], text: { status: 'generated', div } }))).to.deep.equal(
      [],
    );
    const extension = [{ url: 'https://example.org/e', valueUri: '#h' }];
    expect(faultsOf(patient({ contained: [hospital], extension }))).to.deep.equal([]);
  });

  it('asks for ids that differ', () => {
    expect(contained([hospital, { resourceType: 'Organization', name: 'y' }])).to.deep.equal([
      'required Patient.contained[1].id',
    ]);
    expect(contained([hospital, hospital])).to.deep.equal(['invariant Patient.contained[1].id']);
  });

  it('refuses versions, labels and further contained resources', () => {
    expect(contained([{ ...hospital, meta: { versionId: '1', security: [{ code: 'R' }] } }])).to.have.members(
      ['invariant Patient.contained[0].meta.versionId', 'invariant Patient.contained[0].meta.security'],
    );
    expect(
      contained([{ ...hospital, contained: [{ resourceType: 'Organization', id: 'q', name: 'z' }] }]),
    ).to.include('invariant Patient.contained[0].contained');
  });

  it('validates what is contained by both stages', () => {
    expect(contained([{ ...hospital, foo: 1, telecom: [{ use: 'x' }] }])).to.have.members([
      'structure Patient.contained[0].foo',
      'code-invalid Patient.contained[0].telecom[0].use',
    ]);
  });
});

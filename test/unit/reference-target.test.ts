import { expect } from 'chai';
import { referenceTarget, refersToType } from '../../src/fhir/search/reference-target.js';

describe('referenceTarget', () => {
  const id64 = 'a'.repeat(64);
  const targets: readonly (readonly [text: string, target: string, targetType: string])[] = [
    ['Patient/1', 'Patient/1', 'Patient'],
    ['Patient/A-b.9', 'Patient/A-b.9', 'Patient'],
    [`Patient/${id64}`, `Patient/${id64}`, 'Patient'],
    ['Patient/1/_history/7', 'Patient/1', 'Patient'],
    ['https://his.example.org/fhir/Patient/1', 'https://his.example.org/fhir/Patient/1', 'Patient'],
    [
      'https://his.example.org/fhir/Patient/1/_history/7',
      'https://his.example.org/fhir/Patient/1',
      'Patient',
    ],
    ['https://example.org/ValueSet/x', 'https://example.org/ValueSet/x', 'ValueSet'],
    ['https://example.org/thing', 'https://example.org/thing', ''],
    ['urn:uuid:0193b5a4-7d1c-7a55-b0c5-1d2f0a7f6c01', 'urn:uuid:0193b5a4-7d1c-7a55-b0c5-1d2f0a7f6c01', ''],
    ['urn:oid:1.2.156', 'urn:oid:1.2.156', ''],
  ];
  for (const [text, target, targetType] of targets) {
    it(`reads ${text.slice(0, 60)}`, () =>
      expect(referenceTarget(text)).to.deep.equal({ target, targetType }));
  }

  it('gives no target for what is no literal reference to a resource', () => {
    const others = [
      '',
      '#contained',
      'Patient',
      'Patient/',
      'Patient/a b',
      `Patient/${id64}a`,
      'Patient?identifier=x',
    ];
    const unknown = [
      'Nothing/1',
      'Resource/1',
      'patient/1',
      'Patient/1/2',
      'Patient/1/_history',
      '/Patient/1',
      '张三',
    ];
    for (const text of [...others, ...unknown]) {
      expect(referenceTarget(text), text).to.deep.equal({ target: '', targetType: '' });
    }
  });
});

describe('refersToType', () => {
  const resource = { contained: [null, 7, { resourceType: 'Patient', id: 'p' }] };
  const cases: readonly (readonly [reference: unknown, refers: boolean, why: string])[] = [
    [{ reference: 'Patient/1' }, true, 'the literal names the type'],
    [{ reference: 'Group/1' }, false, 'the literal names another'],
    [{ reference: 'Group/1', type: 'Patient' }, false, 'the literal goes before the stated type'],
    [
      { reference: 'urn:uuid:1', type: 'Patient' },
      true,
      'the type is stated where the literal does not tell',
    ],
    [{ reference: 'urn:uuid:1' }, false, 'nothing tells'],
    [{ identifier: { value: '1' }, type: 'Patient' }, true, 'a logical reference states its type'],
    [{ reference: '#p' }, true, 'a contained resource has it'],
    [{ reference: '#q' }, false, 'a contained resource is missing'],
    [null, false, 'there is none'],
    ['Patient/1', false, 'it is no Reference'],
  ];
  for (const [reference, refers, why] of cases) {
    it(`answers ${String(refers)} when ${why}`, () => {
      expect(refersToType(resource, reference, 'Patient')).to.equal(refers);
    });
  }
});

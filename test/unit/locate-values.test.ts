import { expect } from 'chai';
import { locateValues } from '../../src/fhir/references/locate-values.js';

describe('locateValues', () => {
  const places = (text: string, type: string, values: readonly string[]): (string | undefined)[] => {
    const starts = values.map((value) => text.indexOf(value));
    const found = locateValues(text, type, [...starts].reverse());
    return starts.map((start) => {
      const located = found.get(start);
      return located && `${located.path} ${String(located.leaf)}`;
    });
  };

  it('names what stands at the places by the definitions', () => {
    const text = JSON.stringify({
      resourceType: 'Patient',
      contained: [{ resourceType: 'Organization', endpoint: [{ reference: 'a' }] }],
      identifier: [{ system: 'b', value: 'c' }],
      generalPractitioner: [{ display: 'd' }, { reference: 'e' }],
    });
    expect(places(text, 'Patient', ['"a"', '"b"', '"c"', '"d"', '"e"'])).to.deep.equal([
      'Patient.contained[0].endpoint[0].reference reference',
      'Patient.identifier[0].system uri',
      'Patient.identifier[0].value undefined',
      'Patient.generalPractitioner[0].display undefined',
      'Patient.generalPractitioner[1].reference reference',
    ]);
  });

  it('finds a hundred thousand places without comparing each with each', function () {
    this.timeout(5_000);
    const member = Array.from({ length: 100_000 }, (_, index) => ({
      entity: { reference: `urn:uuid:${String(index)}` },
    }));
    const text = JSON.stringify({ resourceType: 'Group', type: 'person', actual: true, member });
    const starts: number[] = [];
    for (let at = text.indexOf('"urn:'); at >= 0; at = text.indexOf('"urn:', at + 1)) starts.push(at);
    const found = locateValues(text, 'Group', starts);
    expect(found.size).to.equal(100_000);
    expect(found.get(starts[99_999] ?? 0)?.path).to.equal('Group.member[99999].entity.reference');
  });
});

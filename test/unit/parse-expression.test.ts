import { expect } from 'chai';
import { compileAccessor, type CompileContext } from '../../scripts/search-parameters/compile-accessor.js';
import { elementTable, parentTypes } from '../../scripts/search-parameters/element-types.js';
import { parseExpression } from '../../scripts/search-parameters/parse-expression.js';
import { readDefinitions } from '../../scripts/search-parameters/read-definitions.js';

describe('parseExpression', () => {
  it('reads paths, casts, filters and items', () => {
    expect(parseExpression("(A.b as C).d | E.f.where(g='h').i[0] | J.k.where(resolve() is L)")).to.deep.equal(
      [
        {
          root: 'A',
          steps: [
            { kind: 'child', name: 'b' },
            { kind: 'as', type: 'C' },
            { kind: 'child', name: 'd' },
          ],
        },
        {
          root: 'E',
          steps: [
            { kind: 'child', name: 'f' },
            { kind: 'where-equals', name: 'g', value: 'h' },
            { kind: 'child', name: 'i' },
            { kind: 'item', index: 0 },
          ],
        },
        {
          root: 'J',
          steps: [
            { kind: 'child', name: 'k' },
            { kind: 'where-type', type: 'L' },
          ],
        },
      ],
    );
  });

  it('refuses what the standard parameters do not use', () => {
    const others = [
      'A.b.first()',
      "A.extension('x')",
      'A.b = 1',
      'A.b and A.c',
      '(A.b',
      'A.b.exists() and A.c != false',
      '',
    ];
    for (const text of others) expect(() => parseExpression(text), text).to.throw();
  });
});

describe('compileAccessor', () => {
  const { structures, systems } = readDefinitions();
  const context: CompileContext = {
    table: elementTable(structures),
    parents: parentTypes(structures),
    systems,
  };
  const compile = (type: string, expression: string): string =>
    compileAccessor({ code: 'c', type, resourceType: 'Patient', expression, components: [] }, context);

  it('compiles to plain JavaScript', () => {
    expect(compile('token', "Patient.telecom.where(system='email')")).to.equal(
      "for (const a of L(r.telecom)) if (a?.system === 'email') s.contactPoint(a);",
    );
    expect(compile('date', '(Patient.deceased as dateTime)')).to.equal('s.moment(r.deceasedDateTime);');
    expect(compile('token', 'Patient.gender')).to.equal(
      "s.code(r.gender, 'http://hl7.org/fhir/administrative-gender');",
    );
  });

  it('fails on an element, a choice or a reading that does not exist', () => {
    expect(() => compile('string', 'Patient.nothing')).to.throw('Patient has no element nothing');
    expect(() => compile('string', '(Patient.deceased as Quantity)')).to.throw('never has the type');
    expect(() => compile('date', 'Patient.name')).to.throw('no reading of HumanName for a date parameter');
    expect(() => compile('token', 'Observation.status')).to.throw('no operand for Patient');
  });
});

import { expect } from 'chai';
import { typeRule, type TypeRule } from '../../src/validation/element-rules.js';
import { structureChecks } from '../../src/validation/generated/structure.js';
import { validateResource } from '../../src/validation/validate-resource.js';
import { anExtension, faultsOf, observation, patient, validate } from '../support/validation.js';

describe('validateResource: structure', () => {
  const cases: readonly [title: string, resource: Record<string, unknown>, faults: string[]][] = [
    ['an unknown element', patient({ nickname: 'x' }), ['structure Patient.nickname']],
    [
      'an unknown element within',
      patient({ contact: [{ gender: 'male', age: 3 }] }),
      ['structure Patient.contact[0].age'],
    ],
    ['the extensions of what is no primitive', patient({ _name: { id: 'a' } }), ['structure Patient._name']],
    [
      'a modifierExtension in a data type',
      patient({ name: [{ text: 'x', modifierExtension: [] }] }),
      ['structure Patient.name[0].modifierExtension'],
    ],
    ['an array where one value belongs', patient({ gender: ['male'] }), ['structure Patient.gender']],
    ['one value where an array belongs', patient({ name: { text: 'x' } }), ['structure Patient.name']],
    ['a text where an object belongs', patient({ name: ['x'] }), ['structure Patient.name[0]']],
    ['a text where a boolean belongs', patient({ active: 'true' }), ['structure Patient.active']],
    [
      'a text where a number belongs',
      observation({ valueQuantity: { value: '1' } }),
      ['structure Observation.value.ofType(Quantity).value'],
    ],
    ['a number where a text belongs', patient({ birthDate: 2000 }), ['structure Patient.birthDate']],
    ['null', patient({ gender: null }), ['structure Patient.gender']],
    ['null among objects', patient({ name: [null] }), ['structure Patient.name[0]']],
    [
      'an infinite number',
      observation({ valueQuantity: { value: Infinity } }),
      ['structure Observation.value.ofType(Quantity).value'],
    ],
    ['an empty array', patient({ name: [] }), ['structure Patient.name']],
    ['an empty object', patient({ name: [{}] }), ['structure Patient.name[0]']],
    [
      'an empty object in place of extensions',
      patient({ birthDate: '2000', _birthDate: {} }),
      ['structure Patient.birthDate'],
    ],
    ['an empty text', patient({ name: [{ family: '' }] }), ['value Patient.name[0].family']],
    [
      'an unknown resource within',
      { resourceType: 'Parameters', parameter: [{ name: 'a', resource: { resourceType: 'Pet' } }] },
      ['structure Parameters.parameter[0].resource.resourceType'],
    ],
  ];
  for (const [title, resource, faults] of cases) {
    it(`refuses ${title} as malformed`, () => {
      expect(faultsOf(resource)).to.deep.equal(faults);
      expect(validate(resource)).to.include({ ok: false, category: 'malformed' });
    });
  }

  it('accepts a resource with nothing but its type, where no element is required', () => {
    expect(faultsOf(patient({}))).to.deep.equal([]);
  });

  it('refuses what is no object', () => {
    for (const value of [null, [], 'Patient', 1, true, undefined]) {
      expect(validateResource('Patient', value, JSON.stringify(value) ?? '')).to.include({
        ok: false,
        category: 'malformed',
      });
    }
  });

  it('refuses a missing, unknown or other resource type', () => {
    for (const resourceType of [
      undefined,
      1,
      'Pet',
      '__proto__',
      'constructor',
      'Element',
      'Patient.contact',
      'base:Resource',
    ]) {
      const result = validateResource('Patient', { resourceType }, JSON.stringify({ resourceType }));
      expect(result, String(resourceType)).to.include({ ok: false, category: 'malformed' });
    }
    const other = validateResource('Patient', observation({}), JSON.stringify(observation({})));
    if (other.ok) throw new Error('was accepted');
    expect(other.issues.map((issue) => issue.code)).to.deep.equal(['invalid']);
  });

  it('refuses keys that name parts of every JavaScript object', () => {
    const text =
      '{"resourceType":"Patient","__proto__":{"gender":"x"},"constructor":{"a":1},"name":[{"__proto__":1,"toString":"a","text":"x"}]}';
    const result = validateResource('Patient', JSON.parse(text), text);
    if (result.ok) throw new Error('was accepted');
    expect(result.category).to.equal('malformed');
    expect(result.issues).to.have.length(4);
    expect(({} as Record<string, unknown>)['gender']).to.equal(undefined);
  });

  it('does not repeat a key that does not look like the name of an element', () => {
    const result = validate(patient({ '张三 13800000000': 1 }));
    if (result.ok) throw new Error('was accepted');
    expect(JSON.stringify(result.issues)).not.to.include('张三');
    expect(result.issues[0]?.expression).to.equal('Patient');
  });

  it('refuses nesting that would exhaust the stack, at any depth', () => {
    for (const depth of [150, 20_000]) {
      let extension: Record<string, unknown> = { url: 'https://example.org/leaf', valueCode: 'a' };
      for (let level = 0; level < depth; level += 1)
        extension = { url: 'https://example.org/e', extension: [extension] };
      const resource = patient({ extension: [extension] });
      const result = validateResource('Patient', resource, '');
      if (result.ok) throw new Error('was accepted');
      expect(result.category).to.equal('malformed');
      expect(result.issues.map((issue) => issue.code)).to.deep.equal(['structure']);
    }
  });
});

describe('validateResource: primitives with extensions', () => {
  const given = (parts: Record<string, unknown>): string[] => faultsOf(patient({ name: [parts] }));

  it('accepts an extension beside or in place of a value', () => {
    expect(faultsOf(patient({ birthDate: '2000', _birthDate: anExtension }))).to.deep.equal([]);
    expect(faultsOf(patient({ _birthDate: anExtension }))).to.deep.equal([]);
    expect(
      faultsOf({ resourceType: 'Observation', _status: anExtension, code: { text: 'x' } }),
    ).to.deep.equal([]);
  });

  it('refuses neither value nor extension', () => {
    expect(faultsOf(patient({ _birthDate: { id: 'a' } }))).to.deep.equal(['invariant Patient.birthDate']);
  });

  it('aligns arrays of values and extensions by nulls', () => {
    expect(given({ given: ['a', null], _given: [null, anExtension] })).to.deep.equal([]);
    expect(given({ given: ['a', 'b'], _given: [anExtension, null] })).to.deep.equal([]);
    expect(given({ given: ['a'], _given: [null, anExtension] })).to.deep.equal([]);
    expect(given({ _given: [anExtension] })).to.deep.equal([]);
  });

  it('refuses a null without its other half', () => {
    expect(given({ given: [null, 'a'] })).to.deep.equal(['structure Patient.name[0].given[0]']);
    expect(given({ given: ['a', null], _given: [anExtension, null] })).to.deep.equal([
      'structure Patient.name[0].given[1]',
      'structure Patient.name[0].given[1]',
    ]);
  });

  it('checks the extensions of a primitive', () => {
    expect(
      faultsOf(patient({ birthDate: '2000', _birthDate: { extension: [{ valueCode: 'a' }], foo: 1 } })),
    ).to.have.members(['required Patient.birthDate.extension[0].url', 'structure Patient.birthDate.foo']);
  });
});

describe("validateResource beside Ajv's code for HL7's schema", () => {
  /** Every JSON form that a property can have, good or bad for it. */
  const forms: readonly unknown[] = [
    'x',
    1,
    1.5,
    Infinity,
    true,
    null,
    {},
    { unknownElement: 1 },
    [],
    ['x'],
    [1],
    [Infinity],
    [true],
    [null],
    [{}],
    [[]],
    [{ unknownElement: 1 }],
    [{}, null],
    ['x', null, 1],
  ];

  type Wrap = (value: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

  /** Calls `visit` once with each type of R4 that can stand within a resource, and a function that puts a value there. */
  function eachType(visit: (rule: TypeRule, wrap: Wrap) => void): void {
    const seen = new Set<string>();
    const open: { readonly path: string; readonly wrap: Wrap }[] = [...structureChecks.keys()].map(
      (path) => ({
        path,
        wrap: (value) => ({ resourceType: path, ...value }),
      }),
    );
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const { path, wrap } = next;
      const rule = seen.has(path) ? undefined : typeRule(path);
      if (rule === undefined) continue;
      seen.add(path);
      visit(rule, wrap);
      for (const { key, isArray, kind, typeName } of rule.elements.values()) {
        if (kind === 'primitive' || kind === 'resource') continue;
        const inner = kind === 'sibling' ? 'Element' : typeName;
        open.push({ path: inner, wrap: (value) => wrap({ [key]: isArray ? [value] : value }) });
      }
    }
    expect(seen.size).to.be.greaterThan(650);
  }

  const hasStructureFaults = (resource: Readonly<Record<string, unknown>>): boolean =>
    (structureChecks.get(String(resource['resourceType']))?.(resource) ?? null) !== null;

  it('finds what it finds, for each property of each type in each form', function () {
    this.timeout(120_000);
    let faulty = 0;
    eachType((rule, wrap) => {
      for (const key of [...rule.elements.keys(), 'unknownElement', 'resourceType', '_id', 'constructor']) {
        for (const form of forms) {
          const resource = wrap({ [key]: form });
          if (!hasStructureFaults(resource)) continue;
          faulty += 1;
          const result = validate(resource);
          const found = result.ok ? [] : result.issues.filter(({ code }) => code === 'structure');
          if (found.length === 0) expect.fail(`${rule.path}.${key}: ${JSON.stringify(form)} was accepted`);
        }
      }
    });
    expect(faulty).to.be.greaterThan(100_000);
  });
});

import { expect } from 'chai';
import { validateResource } from '../../src/validation/validate-resource.js';
import { extended, faultsOf, patient, validate } from '../support/validation.js';

/** Type, good values, values that are malformed, values that are well formed but wrong. */
const primitives: readonly [type: string, good: unknown[], malformed: unknown[], wrong?: unknown[]][] = [
  ['Base64Binary', ['YWJj', 'YQ==', 'YWJj\nYWJj'], ['abc', '%%%2', 'YQ==YWJj', '====', '']],
  ['Boolean', [true, false], []],
  ['Canonical', ['https://example.org/a|1', '#a', 'urn:oid:1.2.3'], ['a b', ''], ['relative']],
  ['Code', ['a', 'a b', '中'], [' a', 'a ', 'a  b', 'a\u3000b', 'a\nb', '']],
  [
    'Date',
    ['2024', '2024-02', '2024-02-29', '2000-02-29', '9999-12-31', '0001'],
    ['2024-1-1', '24', '0000', '2024-13-01', '2024-01-32', '2024-01-00', '2024-01-01T00:00:00Z', '2024-', ''],
    ['2023-02-29', '1900-02-29', '2024-02-30', '2024-04-31', '2024-06-31'],
  ],
  [
    'DateTime',
    [
      '2024',
      '2024-02-29',
      '2024-02-29T10:00:00+08:00',
      '2024-02-29T10:00:00.123456789Z',
      '2016-12-31T23:59:60Z',
      '2024-01-01T00:00:00-14:00',
    ],
    [
      '2024-02-29T10:00:00',
      '2024-02-29T10:00Z',
      '2024-02-29T24:00:00Z',
      '2024-02-29T10:60:00Z',
      '2024-02-29T10:00:61Z',
      '2024-02-29T10:00:00.Z',
      '2024-02-29T10:00:00+14:30',
      '2024-02-29T10:00:00+0800',
      '2024-02-29 10:00:00Z',
      '2024-02-29T10:00:00Zx',
    ],
    ['2023-02-29T10:00:00Z', '2024-02-30'],
  ],
  ['Decimal', [1.1, -0.5, 0, 1e21], []],
  ['Id', ['a', 'A-1.b', 'a'.repeat(64)], ['', 'a_b', 'a b', 'a'.repeat(65), '中']],
  [
    'Instant',
    ['2024-02-29T10:00:00Z'],
    ['2024', '2024-02-29', '2024-02-29T10:00:00'],
    ['2023-02-29T10:00:00Z'],
  ],
  ['Integer', [0, -5, 2_147_483_647, -2_147_483_648], [1.5, 2_147_483_648]],
  ['Markdown', ['a\nb'], ['', 'a\u0001']],
  ['Oid', ['urn:oid:1.2.156', 'urn:oid:2.16.840.1.0'], ['1.2.156', 'urn:oid:3.1', 'urn:oid:1.02', '']],
  ['PositiveInt', [1, 2_147_483_647], [0, -1, 1.5]],
  [
    'String',
    ['李\u3000明', 'a\tb\r\n', ' a', '\u00a0', '😀', 'a'.repeat(1_048_576)],
    ['', 'a\u0000b', 'a\u001fb', '\f'],
    ['a'.repeat(1_048_577)],
  ],
  ['Time', ['08:00:00', '23:59:59.5'], ['8:00:00', '24:00:00', '08:00', '08:00:00Z', '']],
  ['UnsignedInt', [0, 1], [-1, 0.5]],
  [
    'Uri',
    ['https://example.org/中', 'a', 'urn:uuid:00000000-0000-0000-0000-00000000000a#x'],
    ['a b', '', 'urn:uuid:1', 'urn:oid:x'],
  ],
  ['Url', ['https://example.org', 'mailto:a@example.org'], ['a b', '']],
  [
    'Uuid',
    ['urn:uuid:0190a5d8-0000-7000-8000-00000000000a'],
    ['0190a5d8-0000-7000-8000-00000000000a', 'urn:uuid:0190A5D8-0000-7000-8000-00000000000A', ''],
  ],
];

describe('validateResource: values of primitives', () => {
  for (const [type, good, malformed, wrong = []] of primitives) {
    const name = `value${type}`;
    const place = `Patient.extension[0].value.ofType(${type.charAt(0).toLowerCase()}${type.slice(1)})`;

    it(`accepts each form of ${type}`, () => {
      for (const value of good)
        expect(faultsOf(extended({ [name]: value })), String(value).slice(0, 40)).to.deep.equal([]);
    });

    for (const [index, value] of [...malformed, ...wrong].entries()) {
      it(`refuses ${type} ${JSON.stringify(value).slice(0, 50)}`, () => {
        const result = validate(extended({ [name]: value }));
        if (result.ok) throw new Error('was accepted');
        expect(result.issues.map((issue) => issue.expression)).to.deep.equal([place]);
        expect(result.category).to.equal(index < malformed.length ? 'malformed' : 'business-rule');
        if (typeof value === 'string' && value.length > 2) {
          expect(result.issues[0]?.diagnostics).not.to.include(value);
        }
      });
    }
  }

  it('says code "value" for a day that the calendar lacks and code "too-long" for a text above 1 MB', () => {
    expect(faultsOf(patient({ birthDate: '2023-02-29' }))).to.deep.equal(['value Patient.birthDate']);
    expect(faultsOf(patient({ name: [{ text: 'a'.repeat(1_048_577) }] }))).to.deep.equal([
      'too-long Patient.name[0].text',
    ]);
  });

  it('holds a resource id to the id rule and lets the id of an element be any string', () => {
    expect(faultsOf(patient({ id: 'bad_id' }))).to.deep.equal(['value Patient.id']);
    expect(faultsOf(patient({ name: [{ id: 'any text', text: 'x' }] }))).to.deep.equal([]);
  });

  it('asks identifiers to have absolute systems', () => {
    const identified = (system: string): string[] =>
      faultsOf(patient({ identifier: [{ system, value: '1' }] }));
    expect(identified('ward3')).to.deep.equal(['value Patient.identifier[0].system']);
    expect(identified('urn:oid:2.16.156')).to.deep.equal([]);
  });

  it('lets a code name a local code system plainly, but no value set', () => {
    const married = (system: string): string[] =>
      faultsOf(patient({ maritalStatus: { coding: [{ system, code: 'M' }] } }));
    expect(married('local')).to.deep.equal([]);
    expect(married('http://hl7.org/fhir/ValueSet/marital-status')).to.deep.equal([
      'value Patient.maritalStatus.coding[0].system',
    ]);
  });

  it('asks integers to be written as integers', () => {
    const written = (literal: string): string[] => {
      const text = `{ "resourceType": "Patient", "multipleBirthInteger": ${literal},\n "extension": [
        {"url": "https://example.org/a,1.0,", "valueDecimal": 1.0},
        {"url": "https://example.org/b", "valuePositiveInt": 2 , "_valuePositiveInt": {"extension": [
          {"url": "https://example.org/c", "valueUnsignedInt": ${literal}}
        ]}}
      ]}`;
      const result = validateResource('Patient', JSON.parse(text), text);
      return result.ok ? [] : result.issues.map(({ code, expression }) => `${code} ${String(expression)}`);
    };
    for (const literal of ['1', '0', '1000', '2147483647']) expect(written(literal), literal).to.be.empty;
    for (const literal of ['1.0', '1.00', '1e3', '1E0', '10e-1', '2.50e1', '-0', '0.0', '0e0']) {
      expect(written(literal), literal).to.have.members([
        'value Patient.multipleBirth.ofType(integer)',
        'value Patient.extension[1].value.ofType(positiveInt).extension[0].value.ofType(unsignedInt)',
      ]);
    }
  });

  it('finds integers that are no integers in their form within arrays and resources', () => {
    const text =
      '{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:0190a5d8-0000-7000-8000-00000000000a",' +
      '"resource":{"resourceType":"Patient","contact":[{"name":{"text":"x"}},{"telecom":[{"rank":1},{"rank":2e0}]}]}}]}';
    const result = validateResource('Bundle', JSON.parse(text), text);
    expect(!result.ok && result.issues.map(({ expression }) => expression)).to.deep.equal([
      'Bundle.entry[0].resource.contact[1].telecom[1].rank',
    ]);
  });

  it('compares size and hash of an attachment with its data', () => {
    const photo = (size: number, data: string): string[] => faultsOf(patient({ photo: [{ size, data }] }));
    const hashed = (hash: string): string[] => faultsOf(patient({ photo: [{ data: 'YWJj', hash }] }));
    expect(hashed('qZk+NkcGgWq6PiVxeFDCbJzQ2J0=')).to.deep.equal([]);
    expect(hashed('YWJj')).to.deep.equal(['value Patient.photo[0].hash']);
    expect(photo(3, 'YWJj')).to.deep.equal([]);
    expect(photo(1, 'YQ==')).to.deep.equal([]);
    expect(photo(2, 'YWI=')).to.deep.equal([]);
    expect(photo(4, 'YWJj')).to.deep.equal(['value Patient.photo[0].size']);
  });
});

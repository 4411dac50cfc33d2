import { expect } from 'chai';
import fc from 'fast-check';
import { hash64 } from '../../src/fhir/hash64.js';
import { decodeIndex, encodeIndex, IndexReader, stringLimit } from '../../src/fhir/search/index-codec.js';
import type { IndexEntry } from '../../src/fhir/search/index-entry.js';

const text = fc.string({ unit: 'binary', maxLength: 40 });
const base = {
  code: fc.constantFrom('name', 'birthdate', 'subject:identifier', 'code-value-quantity$1', '_tag'),
  ordinal: fc.nat({ max: 4_000_000_000 }),
};
const double = fc.double({ noNaN: true });
const anyEntry: fc.Arbitrary<IndexEntry> = fc.oneof(
  fc.record({ ...base, kind: fc.constant('string' as const), folded: text, exact: text }),
  fc.record({ ...base, kind: fc.constant('token' as const), system: text, value: text }),
  fc.record({
    ...base,
    kind: fc.constant('date' as const),
    low: double,
    high: double,
    first: fc.boolean(),
    last: fc.boolean(),
  }),
  fc.record({ ...base, kind: fc.constant('number' as const), low: double, high: double }),
  fc.record({
    ...base,
    kind: fc.constant('quantity' as const),
    low: double,
    high: double,
    system: text,
    value: text,
    unit: text,
  }),
  fc.record({ ...base, kind: fc.constant('reference' as const), target: text, targetType: text }),
  fc.record({ ...base, kind: fc.constant('uri' as const), value: text }),
);

/** What the reader must give for an entry. */
function fieldsOf(entry: IndexEntry): unknown {
  const { code, ordinal, kind } = entry;
  switch (kind) {
    case 'token':
      return { code, ordinal, kind, system: hash64(entry.system), value: hash64(entry.value) };
    case 'quantity':
      return { ...entry, system: hash64(entry.system), value: hash64(entry.value), unit: hash64(entry.unit) };
    case 'reference':
      return { ...entry, hash: hash64(entry.target) };
    case 'uri':
      return { ...entry, hash: hash64(entry.value) };
    default:
      return entry;
  }
}

function read(entry: IndexReader): unknown {
  const { code, ordinal, kind } = entry;
  const head = { code, ordinal, kind };
  switch (kind) {
    case 'string':
      return { ...head, folded: entry.folded, exact: entry.exact };
    case 'token':
      return { ...head, system: entry.systemHash, value: entry.valueHash };
    case 'date':
      return { ...head, low: entry.low, high: entry.high, first: entry.first, last: entry.last };
    case 'number':
      return { ...head, low: entry.low, high: entry.high };
    case 'quantity': {
      const { low, high, systemHash, valueHash, unitHash } = entry;
      return { ...head, low, high, system: systemHash, value: valueHash, unit: unitHash };
    }
    case 'reference':
      return { ...head, target: entry.target, targetType: entry.targetType, hash: entry.targetHash };
    case 'uri':
      return { ...head, value: entry.uri, hash: entry.valueHash };
  }
}

function readAll(encoded: Uint8Array): unknown[] {
  const found: unknown[] = [];
  decodeIndex(encoded, (entry) => found.push(read(entry)));
  return found;
}

describe('index codec', () => {
  it('gives back every field of every kind, in order', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 40 }), (entries) => {
        expect(readAll(encodeIndex(entries))).to.deep.equal(entries.map(fieldsOf));
      }),
      { numRuns: 400 },
    );
  });

  it('reads bytes that begin at an odd place of a larger buffer', () => {
    const entries: IndexEntry[] = [
      { code: 'name', ordinal: 0, kind: 'string', folded: '张三', exact: '张三' },
      {
        code: 'gender',
        ordinal: 0,
        kind: 'token',
        system: 'http://hl7.org/fhir/administrative-gender',
        value: 'male',
      },
    ];
    const encoded = encodeIndex(entries);
    const shifted = new Uint8Array(encoded.length + 5);
    shifted.set(encoded, 3);
    expect(readAll(shifted.subarray(3, 3 + encoded.length))).to.deep.equal(entries.map(fieldsOf));
  });

  it('leaves alone what it gave before, though many resources share a buffer', () => {
    const entriesAt = (n: number): IndexEntry[] => [
      { code: 'url', ordinal: 0, kind: 'uri', value: `http://example.org/${'x'.repeat(n % 190)}` },
    ];
    const encoded = Array.from({ length: 3000 }, (_, n) => encodeIndex(entriesAt(n)));
    for (const [n, bytes] of encoded.entries()) {
      expect(readAll(bytes)).to.deep.equal(entriesAt(n).map(fieldsOf));
    }
    expect(new Set(encoded.map(({ buffer }) => buffer)).size).to.be.lessThan(100);
  });

  it('cuts strings at the limit', () => {
    const long = 'x'.repeat(stringLimit + 50);
    const [entry] = readAll(
      encodeIndex([{ code: 'name', ordinal: 0, kind: 'string', folded: long, exact: long }]),
    );
    expect(entry).to.include({ folded: 'x'.repeat(stringLimit), exact: 'x'.repeat(stringLimit) });
  });

  it('grows for a resource of thousands of entries', () => {
    const entries = Array.from({ length: 5000 }, (_, n): IndexEntry => ({
      code: 'target',
      ordinal: n,
      kind: 'reference',
      target: `Observation/${n}`,
      targetType: 'Observation',
    }));
    expect(readAll(encodeIndex(entries))).to.deep.equal(entries.map(fieldsOf));
  });

  it('shares one code table between records of one shape', () => {
    const shape = (value: string): IndexEntry[] => [
      { code: 'gender', ordinal: 0, kind: 'token', system: '', value },
      { code: 'identifier', ordinal: 0, kind: 'token', system: 'urn:oid:1', value },
      { code: 'identifier', ordinal: 0, kind: 'token', system: 'urn:oid:2', value },
    ];
    const reader = new IndexReader();
    reader.open(encodeIndex(shape('one')));
    const { codes } = reader;
    reader.open(encodeIndex(shape('two')));
    expect(reader.codes).to.equal(codes);
    expect(codes).to.deep.equal(['gender', 'identifier']);
    expect(reader.count).to.equal(3);
  });

  it('names each code once, however the parts of composites alternate', () => {
    const entries = Array.from({ length: 70_000 }, (_, n): IndexEntry => ({
      code: n % 2 === 0 ? 'component-code-value-concept$2' : 'component-code-value-concept$1',
      ordinal: n >> 1,
      kind: 'token',
      system: '',
      value: 'x',
    }));
    const reader = new IndexReader();
    reader.open(encodeIndex(entries));
    expect(reader.codes).to.deep.equal(['component-code-value-concept$2', 'component-code-value-concept$1']);
    let last = '';
    while (reader.next()) last = `${reader.code} ${String(reader.ordinal)}`;
    expect(last).to.equal('component-code-value-concept$1 34999');
  });

  it('reads an empty index', () => {
    expect(readAll(encodeIndex([]))).to.deep.equal([]);
  });
});

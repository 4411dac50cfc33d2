import { expect } from 'chai';
import fc from 'fast-check';
import { hash64, writeHash64 } from '../../src/fhir/hash64.js';

describe('hash64', () => {
  it('is pinned: rows on disk hold these values', () => {
    expect(hash64('')).to.equal(7092147312727092174n);
    expect(hash64('a')).to.equal(-7634807935380094636n);
    expect(hash64('http://loinc.org')).to.equal(-5237526111043648491n);
    expect(hash64('Patient/0193b5a4-7d1c-7a55-b0c5-1d2f0a7f6c01')).to.equal(-2338139663908004040n);
    expect(hash64('张三')).to.equal(8506289140073908871n);
  });

  it('writes into a view what it returns as a bigint', () => {
    const view = new DataView(new ArrayBuffer(24));
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: 0, max: 16 }),
        (text, offset) => {
          writeHash64(text, view, offset);
          return view.getBigInt64(offset, true) === hash64(text);
        },
      ),
    );
  });

  it('tells apart half a million texts that differ in one or two characters', () => {
    const seen = new Set<bigint>();
    for (let n = 0; n < 250_000; n += 1) {
      seen.add(hash64(`urn:oid:2.16.156.10011.${n}`));
      seen.add(hash64(`${n}`.padStart(18, '0')));
    }
    expect(seen.size).to.equal(500_000);
  });

  it('spreads neighbouring texts over all 64 bits', () => {
    const ones = new Array<number>(64).fill(0);
    for (let n = 0; n < 4000; n += 1) {
      const hash = BigInt.asUintN(64, hash64(`Patient/${n}`));
      for (let bit = 0; bit < 64; bit += 1) ones[bit] = (ones[bit] ?? 0) + Number((hash >> BigInt(bit)) & 1n);
    }
    for (const count of ones) expect(count).to.be.within(1800, 2200);
  });

  it('depends on length, order and padding', () => {
    const texts = ['', '\0', '\0\0', '\0\0\0', 'ab', 'ba', 'ab\0', '\0ab', 'a\0b'];
    expect(new Set(texts.map(hash64)).size).to.equal(texts.length);
  });
});

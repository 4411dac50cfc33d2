import { expect } from 'chai';
import fc from 'fast-check';

import { dayNumber, dayOf, dayText, toInstant, toMs } from '../../src/fhir/instant.js';
import { decodeCursor, encodeCursor } from '../../src/fhir/page-cursor.js';
import { afterAllWith } from '../../src/adapters/sqlite/search-predicate.js';

describe('sqlite instants', () => {
  const anyMs = fc.integer({ min: Date.UTC(0, 0, 1), max: Date.UTC(9999, 0, 1) });

  it('are written as Date writes them, and read back', () => {
    fc.assert(
      fc.property(anyMs, (ms) => {
        expect(toInstant(ms)).to.equal(new Date(ms).toISOString());
        expect(toMs(toInstant(ms))).to.equal(ms);
      }),
    );
  });

  it('have their day in Asia/Shanghai', () => {
    expect(dayText(dayOf(Date.UTC(2026, 10, 24, 15, 59, 59, 999)))).to.equal('2026-11-24');
    expect(dayText(dayOf(Date.UTC(2026, 10, 24, 16)))).to.equal('2026-11-25');
    fc.assert(fc.property(anyMs, (ms) => dayNumber(dayText(dayOf(ms))) === dayOf(ms)));
  });

  it('are refused when they are none', () => {
    expect(() => toMs('yesterday'))
      .to.throw('can’t be read')
      .with.property('category', 'malformed');
  });
});

describe('sqlite page cursor', () => {
  const place = fc.record({
    value: fc.oneof(fc.constant(null), fc.string(), fc.maxSafeInteger()),
    row: fc.nat(),
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.string(), place, (order, one) => {
        expect(decodeCursor(order, encodeCursor(order, one))).to.deep.equal(one);
      }),
    );
  });

  it('is refused when any character of it was changed', () => {
    const cursor = encodeCursor('o', { value: 1_764_000_000_000, row: 42 });
    for (let at = 0; at < cursor.length; at += 1) {
      const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`;
      expect(() => decodeCursor('o', changed))
        .to.throw()
        .with.property('category', 'malformed');
    }
  });
});

describe('sqlite afterAllWith', () => {
  const bytes = (text: string): Buffer => Buffer.from(text);
  const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });
  const text = fc.array(character, { minLength: 1, maxLength: 5 }).map((all) => all.join(''));

  it('lies above all texts with the prefix and not above any other that is above it', () => {
    fc.assert(
      fc.property(text, text, (prefix, other) => {
        const end = afterAllWith(prefix);
        const within = (one: string): boolean =>
          Buffer.compare(bytes(one), bytes(prefix)) >= 0 &&
          (end === undefined || Buffer.compare(bytes(one), bytes(end)) < 0);
        expect(within(prefix + other)).to.equal(true);
        expect(within(other)).to.equal(other.startsWith(prefix));
      }),
    );
  });

  it('steps over what is no character and past the last one', () => {
    expect(afterAllWith('a\ud7ff')).to.equal('a\ue000');
    expect(afterAllWith('a\u{10ffff}')).to.equal('b');
    expect(afterAllWith('\u{10ffff}')).to.equal(undefined);
  });
});

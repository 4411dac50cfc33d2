import { expect } from 'chai';
import fc from 'fast-check';

import { birthDate, packDate } from '../../src/domain/mpi/comparisons/birth-date.js';
import { type Finding } from '../../src/domain/mpi/features.js';
import { characterSimilarity } from '../../src/domain/mpi/identity/index.js';
import { isOneEditOfCode, isSameCode, packCode } from '../../src/domain/mpi/packed-code.js';
import { areGlyphsAlike, glyphNumber } from '../../src/domain/mpi/patient/glyph-pairs.js';
import { isOneEdit } from '../../src/domain/mpi/string-distance.js';

const digit = fc.constantFrom(...'0123456789');
const digits = fc.string({ unit: digit, maxLength: 20 });
const letters = fc.string({ unit: fc.constantFrom(...'0129AQXaq'), maxLength: 30 });

/** A text and what one slip makes of it, or another text. */
const slips = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.nat(), digit, fc.nat(4), text).map(([one, at, character, kind, another]) => {
    const place = at % (one.length + 1);
    const [before, after] = [one.slice(0, place), one.slice(place)];
    const slipped = [
      another,
      before + character + after,
      before + after.slice(1),
      before + character + after.slice(1),
      before + after.slice(1, 2) + after.slice(0, 1) + after.slice(2),
    ];
    return [one, slipped[kind] ?? one] as const;
  });

describe('packed codes', () => {
  it('agree as their texts do', () => {
    fc.assert(
      fc.property(fc.oneof(slips(digits), slips(letters)), ([one, other]) => {
        const [code, partner] = [packCode(one, undefined), packCode(other, undefined)];
        expect(isSameCode(code, partner)).to.equal(one === other);
        expect(isOneEditOfCode(code, partner)).to.equal(isOneEdit(one, other));
      }),
      { numRuns: 5_000, seed: 7 },
    );
  });
});

describe('packed dates', () => {
  /** The comparison on texts. */
  function levelOf(one: string, other: string): string {
    if (one === other) return 'exact';
    if (isOneEdit(one, other)) return 'one edit';
    const swapped = one.slice(0, 4) + one.slice(6) + one.slice(4, 6);
    return one.length === 8 && swapped === other ? 'day and month swapped' : 'disagree';
  }

  function compare(one: string, other: string): string | undefined {
    const found: Finding = {
      levels: new Uint8Array(1),
      logChances: new Float64Array(1),
      frequencies: { logShare: () => 0 },
      place: 0,
    };
    birthDate.compare(packDate(one) ?? 0, packDate(other) ?? 0, found);
    return birthDate.fields[0]?.levels[found.levels[0] ?? 0]?.name;
  }

  const date = fc.string({ unit: digit, minLength: 8, maxLength: 8 });
  const swap = date.map((one) => [one, one.slice(0, 4) + one.slice(6) + one.slice(4, 6)] as const);

  it('agree as their texts do, whole or not', () => {
    const pairs = fc
      .oneof(slips(date), swap)
      .filter((pair) => pair.every(({ length }) => length > 0 && length <= 8));
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        expect(compare(one, other)).to.equal(levelOf(one, other));
      }),
      { numRuns: 5_000, seed: 7 },
    );
  });

  it('give their digits back for groups to be borne out, and are nothing without digits', () => {
    fc.assert(fc.property(date, (one) => birthDate.key?.(packDate(one) ?? 0) === one));
    expect(packDate('1980-04-12')).to.equal(packDate('19800412'));
    expect(packDate('')).to.equal(undefined);
    expect(packDate('unknown')).to.equal(undefined);
    expect(packDate('198004121')).to.equal(undefined);
  });
});

describe('remembered glyphs', () => {
  it('look alike as their strokes say, in either order and when asked again', () => {
    const characters = [...'王玉未末土士俊峻静睁明朋芳丽A1'];
    for (let round = 0; round < 2; round++) {
      for (const one of characters) {
        for (const other of characters) {
          const [first, second] = [one, other].map((character) => glyphNumber(character.charCodeAt(0)));
          expect(areGlyphsAlike(first ?? 0, second ?? 0), one + other).to.equal(
            characterSimilarity(one, other) >= 0.65,
          );
        }
      }
    }
  });

  it('take each other’s place in the memory without taking each other’s answer', () => {
    const characters = Array.from({ length: 1_000 }, (_, place) => String.fromCharCode(0x4e00 + place));
    const wrong = characters.filter((one, place) => {
      const other = characters[(place * 7 + 1) % characters.length] ?? '';
      const alike = areGlyphsAlike(glyphNumber(one.charCodeAt(0)), glyphNumber(other.charCodeAt(0)));
      return alike !== characterSimilarity(one, other) >= 0.65;
    });
    expect(wrong).to.deep.equal([]);
  });
});

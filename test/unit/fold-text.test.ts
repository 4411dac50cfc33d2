import { expect } from 'chai';
import fc from 'fast-check';
import { foldText } from '../../src/fhir/search/fold-text.js';

describe('foldText', () => {
  const cases: readonly (readonly [given: string, folded: string, why: string])[] = [
    ['Zhang San', 'zhang san', 'case'],
    ['  Zhang \t\n San ', 'zhang san', 'white space'],
    ['张　三', '张 三', 'ideographic space'],
    ['欧阳娜娜', '欧阳娜娜', 'Chinese characters'],
    ['Lǚ Bù', 'lu bu', 'tone marks'],
    ['Müller-Großmann', 'muller-grossmann', 'umlaut and sharp s'],
    ['GROẞMANN', 'grossmann', 'capital sharp s'],
    ['ＡＢＣ１２３', 'abc123', 'full-width forms'],
    ['ﬁrst', 'first', 'ligature'],
    ['ΣΊΣΥΦΟΣ', 'σισυφοσ', 'final sigma'],
    ['İstanbul', 'istanbul', 'dotted capital i'],
    ['한글', '한글', 'Hangul stays whole'],
    ['a\u00a0b', 'a b', 'no-break space'],
    ['', '', 'nothing'],
  ];
  for (const [given, folded, why] of cases) {
    it(`folds ${why}`, () => expect(foldText(given)).to.equal(folded));
  }

  it('is idempotent on each character', () => {
    const unsettled: string[] = [];
    for (let code = 0; code <= 0x1ffff; code++) {
      const once = foldText(String.fromCodePoint(code));
      if (foldText(once) !== once) unsettled.push(code.toString(16));
    }
    expect(unsettled).to.deep.equal([]);
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const once = foldText(text);
        return foldText(once) === once;
      }),
      { numRuns: 5000 },
    );
  });
});

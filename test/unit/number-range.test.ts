import { expect } from 'chai';
import { numberRange } from '../../src/fhir/search/number-range.js';

describe('numberRange', () => {
  const ranges: readonly (readonly [text: string, value: number, low: number, high: number])[] = [
    ['100', 100, 99.5, 100.5],
    ['100.00', 100, 99.995, 100.005],
    ['1e2', 100, 95, 105],
    ['1.0e2', 100, 99.5, 100.5],
    ['5.4', 5.4, 5.35, 5.45],
    ['-5.4', -5.4, -5.45, -5.35],
    ['+7', 7, 6.5, 7.5],
    ['0', 0, -0.5, 0.5],
    ['0.00', 0, -0.005, 0.005],
    ['5.40e-3', 0.0054, 0.0053995, 0.0054005],
    ['0.10000000000000000555', 0.1, 0.1, 0.1],
  ];
  for (const [text, value, low, high] of ranges) {
    it(`reads ${text}`, () => expect(numberRange(text)).to.deep.equal({ value, low, high }));
  }

  it('refuses what is no decimal', () => {
    for (const text of [
      '',
      '.',
      '1.',
      '.5',
      '1,5',
      'e2',
      '1e',
      '0x10',
      'NaN',
      'Infinity',
      '1e999',
      ' 1',
      '1 ',
      '--1',
    ]) {
      expect(numberRange(text), text).to.equal(undefined);
    }
  });
});

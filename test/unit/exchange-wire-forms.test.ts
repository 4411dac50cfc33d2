import { expect } from 'chai';

import { readReceipt, writeReceipt } from '../../src/fhir/replicate-receipt.js';
import { formatPosition, parsePosition, samePosition } from '../../src/fhir/stream-position.js';

describe('stream position', () => {
  const position = { incarnation: 'a1-b2', sequence: 17, hash: 'cd'.repeat(32) };

  it('reads what it writes', () => {
    expect(parsePosition(formatPosition(position))).to.deep.equal(position);
    const start = { incarnation: 'a1-b2', sequence: 0, hash: '' };
    expect(parsePosition(formatPosition(start))).to.deep.equal(start);
  });

  for (const text of ['', 'a/1', 'a/x/', 'a/1/abc', 'a b/1/', `a/1/${'CD'.repeat(32)}`, 'a/-1/', 'a/1//']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parsePosition(text)).to.equal(undefined);
    });
  }

  it('tells positions apart by each of their parts', () => {
    expect(samePosition(position, { ...position })).to.equal(true);
    expect(samePosition(undefined, undefined)).to.equal(true);
    expect(samePosition(position, undefined)).to.equal(false);
    expect(samePosition(position, { ...position, sequence: 18 })).to.equal(false);
    expect(samePosition(position, { ...position, hash: 'ef'.repeat(32) })).to.equal(false);
    expect(samePosition(position, { ...position, incarnation: 'x' })).to.equal(false);
  });
});

describe('replicate receipt', () => {
  const exceptions = [
    {
      key: { type: 'Patient', id: 'a.b-1' },
      versionId: 12,
      kind: 'fork',
      reason: 'held with another content',
    },
    { key: { type: 'Task', id: 'x' }, versionId: 1, kind: 'foreign-owner', reason: '' },
  ] as const;

  it('reads what it writes', () => {
    expect(readReceipt(JSON.parse(writeReceipt(exceptions)))).to.deep.equal(exceptions);
    expect(readReceipt(JSON.parse(writeReceipt([])))).to.deep.equal([]);
  });

  for (const value of [
    null,
    [],
    { resourceType: 'OperationOutcome' },
    { resourceType: 'Parameters', parameter: {} },
    { resourceType: 'Parameters', parameter: [{ name: 'exception', part: [] }] },
  ]) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      expect(readReceipt(value)).to.equal(undefined);
    });
  }
});

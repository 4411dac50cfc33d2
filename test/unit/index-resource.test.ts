import { expect } from 'chai';
import fc from 'fast-check';
import { indexResource } from '../../src/fhir/search/index-resource.js';
import { resourceTypes } from '../../src/fhir/search/search-parameters.js';
import { entriesOf, observation, text, token, type Json } from '../support/entries-of.js';

describe('indexResource', () => {
  describe('composites', () => {
    const component = (code: string, more: Json): Json => ({ code: { coding: [{ code }] }, ...more });

    it('tie the components of one element together by its ordinal', () => {
      const resource = observation({
        code: { coding: [{ code: 'bp' }] },
        component: [
          component('sys', { valueQuantity: { value: 120 } }),
          component('note', { valueString: 'x' }),
          component('dia', { valueQuantity: { value: 80 } }),
        ],
      });
      expect(entriesOf(resource, 'component-code-value-quantity$1')).to.deep.equal([
        token('', 'sys'),
        { ordinal: 2, kind: 'token', system: '', value: 'dia' },
      ]);
      expect(entriesOf(resource, 'component-code-value-quantity$2')).to.have.lengthOf(2);
      expect(entriesOf(resource, 'component-code-value-quantity')).to.deep.equal([]);
    });

    it('give nothing for an element that lacks a component', () => {
      const resource = observation({ code: { coding: [{ code: 'x' }] }, valueString: 'y' });
      expect(entriesOf(resource, 'code-value-quantity$1')).to.deep.equal([]);
      expect(entriesOf(resource, 'code-value-string$1')).to.deep.equal([token('', 'x')]);
      expect(entriesOf(resource, 'code-value-string$2')).to.deep.equal([text('y')]);
    });
  });

  it('gives equal entries once, many or few', () => {
    const coding = Array.from({ length: 40 }, (_, n) => ({ system: 's', code: String(n % 10) }));
    expect(entriesOf(observation({ code: { coding } }), 'code')).to.have.lengthOf(10);
    expect(
      entriesOf(observation({ code: { coding: coding.slice(0, 10).concat(coding[0] ?? []) } }), 'code'),
    ).to.have.lengthOf(10);
  });

  it('leaves out what the store keeps in columns', () => {
    const entries = indexResource('Patient', {
      id: '1',
      meta: { lastUpdated: '2026-01-01T00:00:00Z', versionId: '1' },
    });
    expect(entries.map(({ code }) => code)).to.deep.equal(['deceased']);
  });

  it('gives nothing for a type that R4 does not know', () => {
    expect(indexResource('Nothing', { identifier: [{ value: '1' }] })).to.deep.equal([]);
  });

  it('never throws, whatever stands in the elements', () => {
    const names = [
      'meta',
      'identifier',
      'name',
      'subject',
      'code',
      'component',
      'entry',
      'contained',
      'valuePeriod',
    ];
    const keys = fc.constantFrom(
      ...names,
      'reference',
      'coding',
      'value',
      'data',
      'origin',
      'event',
      'repeat',
      'length',
      'given',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.oneof(
          fc.constant(null),
          fc.boolean(),
          fc.double(),
          fc.string(),
          fc.constant('2026-13'),
          fc.constant('#'),
        ),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.constantFrom(...resourceTypes), fc.dictionary(keys, tree), (type, resource) => {
        expect(indexResource(type, resource)).to.be.an('array');
      }),
      { numRuns: 3000 },
    );
  });
});

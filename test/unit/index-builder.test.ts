import { expect } from 'chai';
import { stringLimit } from '../../src/fhir/search/index-codec.js';
import { entriesOf, observation, patient, text, token, type Json } from '../support/entries-of.js';

describe('index entries', () => {
  describe('strings', () => {
    it('come from every part of a name', () => {
      const name = {
        family: 'Müller',
        given: ['Anna', 'Lena'],
        prefix: ['Dr.'],
        suffix: ['MD'],
        text: 'Anna Müller',
      };
      expect(entriesOf(patient({ name: [name] }), 'name')).to.have.deep.members([
        text('Müller', 'muller'),
        text('Anna'),
        text('Lena'),
        text('Dr.'),
        text('MD'),
        text('Anna Müller', 'anna muller'),
      ]);
      expect(entriesOf(patient({ name: [name] }), 'given')).to.deep.equal([text('Anna'), text('Lena')]);
    });

    it('hold a Chinese name in one piece even when only its parts are given', () => {
      const parts = patient({ name: [{ family: '欧阳', given: ['娜娜'] }] });
      expect(entriesOf(parts, 'name')).to.deep.equal([text('欧阳'), text('娜娜'), text('欧阳娜娜')]);
      const whole = patient({ name: [{ family: '张', given: ['三'], text: '张三' }] });
      expect(entriesOf(whole, 'name')).to.deep.equal([text('张'), text('三'), text('张三')]);
    });

    it('come from every part of an address', () => {
      const address = {
        line: ['1 Road'],
        city: 'C',
        district: 'D',
        state: 'S',
        country: 'CN',
        postalCode: '441000',
        text: 'T',
      };
      expect(entriesOf(patient({ address: [address] }), 'address')).to.have.lengthOf(7);
      expect(entriesOf(patient({ address: [address] }), 'address-postalcode')).to.deep.equal([
        text('441000'),
      ]);
    });

    it('are cut at the limit, not within a character', () => {
      const long = `${'x'.repeat(stringLimit - 1)}𠮷𠮷`;
      expect(entriesOf(patient({ name: [{ text: long }] }), 'name')).to.deep.equal([
        text('x'.repeat(stringLimit - 1)),
      ]);
    });
  });

  describe('tokens', () => {
    it('come from all codings of a concept, not from its text', () => {
      const code = {
        coding: [{ system: 'a', code: '1' }, { code: '2' }, { system: 'b' }, {}],
        text: 'no token',
      };
      expect(entriesOf(observation({ code }), 'code')).to.deep.equal([
        token('a', '1'),
        token('', '2'),
        token('b', ''),
      ]);
    });

    it('have the system of the value set that a code is bound to', () => {
      expect(entriesOf(patient({ gender: 'female' }), 'gender')).to.deep.equal([
        token('http://hl7.org/fhir/administrative-gender', 'female'),
      ]);
    });

    it('come from identifiers, contact points and booleans', () => {
      const identifier = [{ system: 'urn:oid:1', value: '7' }, { value: '8' }];
      const telecom = [
        { system: 'phone', value: '0710-1234567' },
        { system: 'email', value: 'a@example.org' },
      ];
      const resource = patient({ identifier, telecom, active: false });
      expect(entriesOf(resource, 'identifier')).to.deep.equal([token('urn:oid:1', '7'), token('', '8')]);
      expect(entriesOf(resource, 'telecom')).to.have.lengthOf(2);
      expect(entriesOf(resource, 'phone')).to.deep.equal([token('', '0710-1234567')]);
      expect(entriesOf(resource, 'email')).to.deep.equal([token('', 'a@example.org')]);
      expect(entriesOf(resource, 'active')).to.deep.equal([token('', 'false')]);
    });

    it('tell whether a patient died, whichever way it is said', () => {
      const deceased = (more: Json): unknown => entriesOf(patient(more), 'deceased');
      expect(deceased({})).to.deep.equal([token('', 'false')]);
      expect(deceased({ deceasedBoolean: false })).to.deep.equal([token('', 'false')]);
      expect(deceased({ deceasedBoolean: true })).to.deep.equal([token('', 'true')]);
      expect(deceased({ deceasedDateTime: '2026' })).to.deep.equal([token('', 'true')]);
    });

    it('come from meta', () => {
      const meta = {
        tag: [{ system: 't', code: '1' }],
        security: [{ system: 's', code: 'R' }],
        profile: ['http://p|1'],
        source: 'urn:x',
      };
      expect(entriesOf(patient({ meta }), '_tag')).to.deep.equal([token('t', '1')]);
      expect(entriesOf(patient({ meta }), '_security')).to.deep.equal([token('s', 'R')]);
      expect(entriesOf(patient({ meta }), '_profile')).to.deep.equal([
        { kind: 'uri', value: 'http://p|1' },
        { kind: 'uri', value: 'http://p' },
      ]);
      expect(entriesOf(patient({ meta }), '_source')).to.deep.equal([{ kind: 'uri', value: 'urn:x' }]);
    });
  });

  describe('dates', () => {
    const ms = (instant: string): number => Date.parse(instant);

    it('cover a day of the region', () => {
      expect(entriesOf(patient({ birthDate: '1980-02-29' }), 'birthdate')).to.deep.equal([
        {
          kind: 'date',
          low: ms('1980-02-29T00:00:00+08:00'),
          high: ms('1980-02-29T23:59:59.999+08:00'),
          first: true,
          last: true,
        },
      ]);
    });

    it('are open where a period is', () => {
      const [until] = entriesOf(observation({ effectivePeriod: { end: '2026-01-01' } }), 'date');
      expect(until).to.include({ low: -8.64e15, high: ms('2026-01-01T23:59:59.999+08:00') });
      const [from] = entriesOf(observation({ effectivePeriod: { start: '2026-01-01' } }), 'date');
      expect(from).to.include({ low: ms('2026-01-01T00:00:00+08:00'), high: 8.64e15 });
    });

    it('are the outer limits of a timing', () => {
      const effectiveTiming = {
        event: ['2026-03-05T10:00:00Z', '2026-03-01T10:00:00Z'],
        repeat: { boundsPeriod: { start: '2026-03-02T00:00:00Z', end: '2026-04-01T00:00:00Z' } },
      };
      const [only, ...more] = entriesOf(observation({ effectiveTiming }), 'date');
      expect(only).to.include({ low: ms('2026-03-01T10:00:00Z'), high: ms('2026-04-01T00:00:00.999Z') });
      expect(more).to.deep.equal([]);
    });

    it('mark the first to begin and the last to end', () => {
      const activity = ['2026-05-01', '2026-03-01', '2026-04', '2026-03-01', '2026-05-01T00:00:00+08:00'].map(
        (moment) => ({
          detail: { scheduledPeriod: { start: moment, end: moment } },
        }),
      );
      const entries = entriesOf({ resourceType: 'CarePlan', activity }, 'activity-date') as {
        first: boolean;
        last: boolean;
      }[];
      expect(entries.map(({ first, last }) => [first, last])).to.deep.equal([
        [false, true],
        [true, false],
        [false, false],
        [false, false],
      ]);
    });
  });

  describe('numbers and quantities', () => {
    const valueOf = (more: Json): unknown => entriesOf(observation(more), 'value-quantity');

    it('hold value, unit and system', () => {
      const valueQuantity = {
        value: 1.5,
        unit: 'mmol per litre',
        system: 'http://unitsofmeasure.org',
        code: 'mmol/L',
      };
      expect(valueOf({ valueQuantity })).to.deep.equal([
        {
          kind: 'quantity',
          low: 1.5,
          high: 1.5,
          system: 'http://unitsofmeasure.org',
          value: 'mmol/L',
          unit: 'mmol per litre',
        },
      ]);
    });

    it('are open where a comparator leaves them', () => {
      expect(valueOf({ valueQuantity: { value: 5, comparator: '<' } })).to.deep.include.members([
        { kind: 'quantity', low: -Number.MAX_VALUE, high: 5, system: '', value: '', unit: '' },
      ]);
      expect(valueOf({ valueQuantity: { value: 5, comparator: '>=' } })).to.deep.include.members([
        { kind: 'quantity', low: 5, high: Number.MAX_VALUE, system: '', value: '', unit: '' },
      ]);
    });

    it('span the samples of a series', () => {
      const origin = { value: 100, code: 'uV' };
      const valueSampledData = {
        origin,
        period: 10,
        dimensions: 1,
        factor: 2,
        lowerLimit: -9,
        data: '1 -3 E 4 L',
      };
      expect(valueOf({ valueSampledData })).to.deep.equal([
        { kind: 'quantity', low: 82, high: 108, system: '', value: 'uV', unit: '' },
      ]);
    });

    it('have the currency of money', () => {
      const invoice = { resourceType: 'Invoice', totalGross: { value: 12.3, currency: 'CNY' } };
      expect(entriesOf(invoice, 'totalgross')).to.deep.equal([
        {
          kind: 'quantity',
          low: 12.3,
          high: 12.3,
          system: 'urn:iso:std:iso:4217',
          value: 'CNY',
          unit: 'CNY',
        },
      ]);
    });

    it('span a range', () => {
      const prediction = [
        { probabilityRange: { low: { value: 0.2 }, high: { value: 0.4 } } },
        { probabilityDecimal: 0.9 },
      ];
      expect(entriesOf({ resourceType: 'RiskAssessment', prediction }, 'probability')).to.have.deep.members([
        { kind: 'number', low: 0.2, high: 0.4 },
        { kind: 'number', low: 0.9, high: 0.9 },
      ]);
    });
  });

  describe('references', () => {
    const reference = (target: string, targetType: string): unknown => ({
      kind: 'reference',
      target,
      targetType,
    });

    it('lose their version, and go to the parameters of their type', () => {
      const resource = observation({ subject: { reference: 'Patient/1/_history/2' } });
      expect(entriesOf(resource, 'subject')).to.deep.equal([reference('Patient/1', 'Patient')]);
      expect(entriesOf(resource, 'patient')).to.deep.equal([reference('Patient/1', 'Patient')]);
      const group = observation({ subject: { reference: 'Group/1' } });
      expect(entriesOf(group, 'subject')).to.deep.equal([reference('Group/1', 'Group')]);
      expect(entriesOf(group, 'patient')).to.deep.equal([]);
    });

    it('with an identifier give a token beside', () => {
      const subject = { identifier: { system: 'urn:oid:1', value: '7' }, type: 'Patient' };
      expect(entriesOf(observation({ subject }), 'subject')).to.deep.equal([reference('', 'Patient')]);
      expect(entriesOf(observation({ subject }), 'subject:identifier')).to.deep.equal([
        token('urn:oid:1', '7'),
      ]);
      expect(entriesOf(observation({ subject }), 'patient:identifier')).to.deep.equal([
        token('urn:oid:1', '7'),
      ]);
    });

    it('without literal or identifier have an empty target, and none when they say nothing', () => {
      expect(entriesOf(observation({ subject: { display: 'somebody' } }), 'subject')).to.deep.equal([
        reference('', ''),
      ]);
      expect(entriesOf(observation({ subject: { extension: [] } }), 'subject')).to.deep.equal([]);
    });

    it('come from canonicals without fragment, with their version and without', () => {
      const response = {
        resourceType: 'QuestionnaireResponse',
        questionnaire: 'https://example.org/Questionnaire/q|2.0#x',
      };
      expect(entriesOf(response, 'questionnaire')).to.deep.equal([
        reference('https://example.org/Questionnaire/q', 'Questionnaire'),
        reference('https://example.org/Questionnaire/q|2.0', 'Questionnaire'),
      ]);
    });

    it('come from the first resource of a document', () => {
      const bundle = {
        resourceType: 'Bundle',
        entry: [{ resource: { resourceType: 'Composition', id: 'c' } }],
      };
      expect(entriesOf(bundle, 'composition')).to.deep.equal([reference('Composition/c', 'Composition')]);
    });
  });
});

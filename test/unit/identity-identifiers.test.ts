import { expect } from 'chai';

import {
  identifierSystems,
  readBirthDate,
  readIdentifier,
  readResidentId,
  residentCheck,
  type IdentifierContext,
} from '../../src/domain/mpi/identity/index.js';

const unknown: IdentifierContext = { birthDate: readBirthDate(''), sex: 'unknown' };
const woman1949: IdentifierContext = { birthDate: readBirthDate('1949-12-31'), sex: 'female' };

const readResident = (value: string, context = unknown): ReturnType<typeof readIdentifier> =>
  readIdentifier({ system: identifierSystems.residentId, value }, context);
const readTyped = (code: string, value: string): ReturnType<typeof readIdentifier> =>
  readIdentifier({ system: 'http://his.example.org/doc', value, type: { coding: [{ code }] } }, unknown);

describe('identifiers of a Patient', () => {
  it('verifies the published resident ids', () => {
    for (const value of ['11010519491231002X', '11010020171225006X']) {
      expect(readResident(value), value).to.include({ kind: 'resident-id', value, verified: true });
    }
  });

  it('brings every way of writing a resident id to one form', () => {
    const forms = [
      '11010519491231002x',
      ' 110105 19491231 002X ',
      '110105-19491231-002X',
      '１１０１０５１９４９１２３１００２Ｘ',
      '11010519491231002Χ',
      '110105491231002',
    ];
    expect(forms.map((form) => readResident(form, woman1949)?.value)).to.deep.equal(
      forms.map(() => '11010519491231002X'),
    );
  });

  it('reads area, birth date and sex from the id', () => {
    expect(readResidentId('11010519491231002X')).to.deep.equal({
      value: '11010519491231002X',
      legacy: false,
      checkRight: true,
      area: '110105',
      birthDate: '1949-12-31',
      sex: 'female',
    });
  });

  it('believes 15 digits only where the birth date consents', () => {
    expect(readResident('110105491231002')).to.deep.include({ verified: false, flags: ['legacy'] });
    expect(readResident('110105491231002', woman1949)).to.deep.include({
      verified: true,
      flags: ['legacy'],
    });
  });

  it('keeps an id with a wrong check character, flagged and unverified', () => {
    expect(readResident('110105194912310021', woman1949)).to.deep.include({
      value: '110105194912310021',
      verified: false,
      comparable: true,
      flags: ['check-digit'],
    });
  });

  it('holds the id against birth date and sex of the record', () => {
    const flagsFor = (date: string, sex: 'male' | 'female'): readonly string[] | undefined =>
      readResident('11010519491231002X', { birthDate: readBirthDate(date), sex })?.flags;
    expect(flagsFor('1949-12-31', 'female')).to.deep.equal([]);
    expect(flagsFor('1949', 'female')).to.deep.equal([]);
    expect(flagsFor('1949-12-21', 'female')).to.deep.equal(['birth-date-near']);
    expect(flagsFor('1974-03-02', 'male')).to.deep.equal(['birth-date-differs', 'sex-differs']);
    expect(flagsFor('1900-01-01', 'female'), 'a placeholder contradicts nothing').to.deep.equal([]);
  });

  it('takes an area code that no list has, and no day that the calendar has not', () => {
    const abolished = '42062119820110999';
    expect(readResident(abolished + residentCheck(abolished))).to.deep.include({ verified: true, flags: [] });
    expect(readResident('110105194902300021')?.flags).to.include('birth-date-impossible');
    const early = { ...unknown, today: '1940-01-01' };
    expect(readResident('11010519491231002X', early)?.flags).to.deep.equal(['birth-date-impossible']);
  });

  it('knows what was typed to fill the field', () => {
    const filled = [
      '111111111111111111',
      '000000000000000000',
      '123456789012345678',
      '11111111111111111X',
      '987654321098765432',
      '121212121212121212',
      '420600190001010010',
      '不详',
      '无',
      '1',
    ];
    for (const value of filled) {
      const read = readResident(value);
      expect(read?.flags, value).to.include('placeholder');
      expect(read?.comparable, value).to.equal(false);
      expect(read?.verified, value).to.equal(false);
    }
  });

  it('types the residence permits of Hong Kong, Macau and Taiwan by their area', () => {
    for (const area of ['810000', '820000', '830000']) {
      expect(readResident(`${area}199001011234`)?.kind).to.equal('residence-permit');
    }
  });

  it('types other documents that stand in the field of the resident id', () => {
    const kindOf = (value: string): string | undefined => readResident(value)?.kind;
    expect(kindOf('H60152793')).to.equal('hk-macau-permit');
    expect(kindOf('01527936')).to.equal('taiwan-permit');
    expect(kindOf('E60152793')).to.equal('passport');
    expect(kindOf('EA0152793')).to.equal('passport');
    expect(kindOf('USA110080052111')).to.equal('permanent-resident-card');
    expect(kindOf('911124198108030024')).to.equal('permanent-resident-card');
    expect(kindOf('T420017352')).to.equal('birth-certificate');
  });

  it('leaves the renewal count of a travel permit off', () => {
    expect(readResident('H6015279302')?.value).to.equal('H60152793');
  });

  it('follows the declared type', () => {
    expect(readTyped('PPN', 'e 6015 2793')).to.include({ kind: 'passport', value: 'E60152793' });
    expect(readTyped('BCT', 'T420017352')?.kind).to.equal('birth-certificate');
    expect(readTyped('PRC', 'USA110080052111')?.kind).to.equal('permanent-resident-card');
    expect(readTyped('NNCHN', '11010519491231002X')?.kind).to.equal('resident-id');
  });

  it('takes the electronic health card as it is', () => {
    const value = '98FF9F2C05145CB9305E9D8A57E072BB51180CA49E5BE5E9D41BCE3A9A571928';
    const read = readIdentifier(
      { system: identifierSystems.healthCard, value: value.toLowerCase() },
      unknown,
    );
    expect(read).to.deep.equal({ kind: 'health-card', value, verified: false, comparable: true, flags: [] });
  });

  it('keeps a record number within its system, and sees a resident id under a system of its own', () => {
    const own = (value: string): ReturnType<typeof readIdentifier> =>
      readIdentifier({ system: 'http://his.example.org/mrn', value, use: 'old' }, unknown);
    expect(own('12')).to.deep.include({
      kind: 'local',
      value: 'http://his.example.org/mrn|12',
      comparable: true,
      flags: ['old'],
    });
    expect(own('不详')?.comparable).to.equal(false);
    expect(own('11010519491231002X')).to.include({ kind: 'resident-id', verified: true });
  });

  it('says nothing of what has no value, and throws at nothing', () => {
    const odd = [undefined, null, 7, 'x', [], {}, { value: 7 }, { value: ' ' }, { system: 5, value: 'x' }];
    expect(() => odd.map((value) => readIdentifier(value, unknown))).to.not.throw();
    expect(readIdentifier({ value: '  ' }, unknown)).to.equal(undefined);
  });
});

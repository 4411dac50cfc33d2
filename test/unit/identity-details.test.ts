import { expect } from 'chai';
import fc from 'fast-check';

import {
  type HomeAddress,
  readAddress,
  readBirthDate,
  readIdentity,
  readMultipleBirth,
  readPhone,
  readPhones,
  readSex,
  relateDates,
} from '../../src/domain/mpi/identity/index.js';

describe('birth dates', () => {
  it('reads whole and partial dates, however written', () => {
    const values = [
      '1990-05-06',
      '19900506',
      '1990/5/6',
      '1990年5月6日',
      '１９９０－０５－０６',
      '1990-05',
      '1990',
    ];
    expect(values.map((value) => readBirthDate(value).value)).to.deep.equal([
      ...['1990-05-06', '1990-05-06', '1990-05-06', '1990-05-06', '1990-05-06', '1990-05', '1990'],
    ]);
  });

  it('has the exchange of day and month where that is another day', () => {
    expect(readBirthDate('1990-05-06').swapped).to.equal('1990-06-05');
    expect(readBirthDate('1990-05-13').swapped).to.equal('');
    expect(readBirthDate('1990-05-05').swapped).to.equal('');
  });

  it('knows dates that stand for none', () => {
    for (const value of [
      '1900-01-01',
      '19000101',
      '1900',
      '1899-12-30',
      '1111-11-11',
      '0001-01-01',
      '2999-01-01',
    ]) {
      expect(readBirthDate(value, '2026-11-24').placeholder, value).to.equal(true);
    }
    expect(readBirthDate('2026-11-24', '2026-11-24').placeholder).to.equal(false);
  });

  it('takes no day that the calendar has not', () => {
    for (const value of ['1990-02-30', '1990-13', '1990-00-01', 'x', '', 7, null]) {
      expect(readBirthDate(value).value, String(value)).to.equal('');
    }
    expect(readBirthDate('2000-02-29').value).to.equal('2000-02-29');
  });

  it('relates two dates as far as both are known', () => {
    expect(relateDates('1990-05-06', '1990-05')).to.equal('same');
    expect(relateDates('1990-05-06', '1990-06-05')).to.equal('near');
    expect(relateDates('1990-05-06', '1990-05-08')).to.equal('near');
    expect(relateDates('1990-05-06', '1991-07-08')).to.equal('different');
    expect(relateDates('', '1990')).to.equal('none');
  });
});

describe('sex and multiple birth', () => {
  it('reads sex as FHIR and as GB/T 2261.1 write it', () => {
    expect(['male', '1', '男', 'Female', '2', '女性', 'other', '0', '9', null, 7].map(readSex)).to.deep.equal(
      [
        ...['male', 'male', 'male', 'female', 'female', 'female'],
        ...['unknown', 'unknown', 'unknown', 'unknown', 'unknown'],
      ],
    );
  });

  it('reads both forms of multiple birth', () => {
    expect(readMultipleBirth({ multipleBirthInteger: 2 })).to.deep.equal({ multiple: true, order: 2 });
    expect(readMultipleBirth({ multipleBirthBoolean: false })).to.deep.equal({ multiple: false });
    expect(readMultipleBirth({ multipleBirthInteger: 'x' })).to.equal(undefined);
  });
});

describe('telephone numbers', () => {
  it('brings mobile numbers to eleven digits', () => {
    for (const text of [
      '13871234569',
      '+86 138 7123 4569',
      '008613871234569',
      '013871234569',
      '１３８-7123-4569',
    ]) {
      expect(readPhone(text), text).to.deep.equal({
        kind: 'mobile',
        value: '13871234569',
        placeholder: false,
      });
    }
  });

  it('brings landlines to area code and number, without the extension', () => {
    for (const text of [
      '0710-3513946',
      '(0710)3513946',
      '+86 710 3513946',
      '0710 3513946转801',
      '07103513946',
    ]) {
      expect(readPhone(text)?.value, text).to.equal('07103513946');
    }
    expect(readPhone('027-87650921')).to.deep.include({ kind: 'landline', value: '02787650921' });
    expect(readPhone('3513946')).to.deep.include({ kind: 'landline', value: '3513946' });
    expect(readPhone('+852 9023 4167')).to.deep.include({ kind: 'other', value: '85290234167' });
  });

  it('knows numbers that stand for none', () => {
    for (const text of [
      '13800000000',
      '13800138000',
      '13888888888',
      '11111111111',
      '12345678901',
      '0000000',
      '13812345678',
    ]) {
      expect(readPhone(text)?.placeholder, text).to.equal(true);
    }
    for (const text of ['不详', '110', '', '-']) expect(readPhone(text), text).to.equal(undefined);
  });

  it('takes the telephones of telecom, several in one field too, each once', () => {
    const telecom = [
      { system: 'phone', value: '13871234569/0710-3513946' },
      { system: 'email', value: '13871234560@example.org' },
      { system: 'phone', value: '+8613871234569' },
      null,
      { system: 'phone', value: 7 },
    ];
    expect(readPhones({ telecom }).map(({ value }) => value)).to.deep.equal(['13871234569', '07103513946']);
  });
});

describe('addresses', () => {
  const home = (text: string): Partial<HomeAddress> => {
    const { text: _text, division, postalCode, ...parts } = readAddress({ text }) ?? { text: '' };
    expect([division, postalCode]).to.deep.equal(['', '']);
    return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ''));
  };

  it('parts an address in town', () => {
    const parts = {
      ...{ province: '湖北', city: '襄阳', county: '南漳', township: '城关' },
      ...{ road: '水镜路', number: '12', room: '3-2-501' },
    };
    expect(home('湖北省襄阳市南漳县城关镇水镜路12号3栋2单元501室')).to.deep.equal(parts);
    expect(home('湖北省襄陽市南漳縣城關鎮水鏡路十二號３栋２单元５０１')).to.deep.equal(parts);
    expect(home('襄阳市樊城区长虹路15-2号')).to.deep.equal({
      ...{ city: '襄阳', county: '樊城', road: '长虹路', number: '15-2' },
    });
  });

  it('parts an address in a village', () => {
    const parts = { county: '南漳', township: '武安', village: '三里', group: '3' };
    for (const text of [
      '南漳县武安镇三里村三组',
      '南漳县武安镇三里村第3村民小组',
      '南漳县 武安镇，三里村委会３组',
    ]) {
      expect(home(text), text).to.deep.equal(parts);
    }
    expect(home('湖北省襄阳市老河口市李楼镇杨家营村二组23号')).to.deep.equal({
      ...{ province: '湖北', city: '襄阳', county: '老河口', township: '李楼' },
      ...{ village: '杨家营', group: '2', number: '23' },
    });
  });

  it('knows municipalities, prefectures and regions of minorities', () => {
    expect(home('上海市浦东新区张江路100号')).to.include({ province: '上海', county: '浦东', number: '100' });
    expect(home('湖北省恩施土家族苗族自治州恩施市龙凤镇')).to.include({ city: '恩施', county: '恩施' });
    expect(home('新疆维吾尔自治区乌鲁木齐市天山区')).to.include({ province: '新疆', county: '天山' });
  });

  it('takes the structured parts before the text, and a division code where there is one', () => {
    const address = {
      text: '武安镇三里村三组',
      district: '南漳县',
      city: '襄阳市',
      state: '湖北省',
      postalCode: '441500',
      extension: [{ url: 'http://hie.example.org/division-code', valueCode: '420624101' }],
    };
    expect(readAddress(address)).to.include({
      ...{ province: '湖北', city: '襄阳', county: '南漳', township: '武安', village: '三里', group: '3' },
      ...{ division: '420624101', postalCode: '441500' },
    });
    expect(readAddress({ district: '420624', city: '襄阳市' })?.division).to.equal('420624');
  });

  it('keeps an address of elsewhere as folded text', () => {
    expect(readAddress({ line: ['12 High Street'], city: 'Perth', state: 'WA' })).to.include({
      ...{ number: '12', road: 'high street', city: 'perth', province: 'wa' },
    });
  });

  it('says nothing of an empty one', () => {
    for (const address of [undefined, null, 7, {}, { text: '不详' }, { line: 7 }]) {
      expect(readAddress(address)).to.equal(undefined);
    }
  });
});

describe('the identity of a Patient', () => {
  it('gathers every part', () => {
    const identity = readIdentity(
      {
        resourceType: 'Patient',
        identifier: [{ system: 'urn:oid:2.16.156.10011.1.3', value: '110105491231002' }],
        name: [{ text: '王芳' }],
        gender: 'female',
        birthDate: '1949-12-31',
        telecom: [{ system: 'phone', value: '13871234569' }],
        address: [{ text: '南漳县武安镇' }],
      },
      '2026-11-24',
    );
    expect(identity.identifiers[0]).to.include({ value: '11010519491231002X', verified: true });
    expect(identity.names[0]?.text).to.equal('王芳');
    expect(identity).to.include({ sex: 'female', temporary: false });
    expect(identity.addresses[0]?.county).to.equal('南漳');
  });

  it('marks a child under its mother’s name, whose id contradicts the birth date', () => {
    const identity = readIdentity({
      identifier: [{ system: 'urn:oid:2.16.156.10011.1.3', value: '11010519491231002X' }],
      name: [{ text: '王芳之女' }],
      gender: 'female',
      birthDate: '2026-11-01',
      multipleBirthInteger: 1,
    });
    expect(identity.temporary).to.equal(true);
    expect(identity.identifiers[0]).to.deep.include({ verified: false, flags: ['birth-date-differs'] });
    expect(identity.multipleBirth).to.deep.equal({ multiple: true, order: 1 });
  });

  it('answers for a Patient of any shape', () => {
    const list = [null, 7, 'x', [[]], { use: {}, system: [], value: {} }];
    const odd = { identifier: list, name: list, telecom: list, address: list, birthDate: list, gender: list };
    for (const patient of [undefined, null, 7, 'x', [], {}, odd]) {
      expect(readIdentity(patient).names).to.deep.equal([]);
    }
  });

  it('answers for whatever text stands in a Patient', () => {
    const odd = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(...'王芳之女子·. 1Xx０号村组路第十二三省市县区'), maxLength: 60 }),
    );
    const patient = fc.record({
      identifier: fc.array(
        fc.record({ system: fc.constantFrom('urn:oid:2.16.156.10011.1.3', 'x'), value: odd }),
      ),
      name: fc.array(fc.oneof(fc.record({ text: odd }), fc.record({ family: odd, given: fc.array(odd) }))),
      birthDate: odd,
      telecom: fc.array(fc.record({ value: odd })),
      address: fc.array(fc.record({ text: odd, district: odd })),
    });
    fc.assert(
      fc.property(fc.oneof(patient, fc.object()), (value) => Array.isArray(readIdentity(value).names)),
      { numRuns: 500 },
    );
  });

  it('does not stumble over long text', () => {
    for (const text of [
      '的'.repeat(5000),
      'a '.repeat(5000),
      '1'.repeat(5000),
      '土家族'.repeat(2000),
      '之子'.repeat(2000),
    ]) {
      const before = performance.now();
      readIdentity({
        name: [{ text }],
        identifier: [{ value: text }],
        address: [{ text }],
        telecom: [{ value: text }],
      });
      expect(performance.now() - before, text.slice(0, 3)).to.be.below(2000);
    }
  });
});

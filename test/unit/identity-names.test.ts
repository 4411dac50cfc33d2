import { expect } from 'chai';

import {
  characterSimilarity,
  glyphSimilarity,
  type PersonName,
  readName,
  readNames,
  readNewbornName,
} from '../../src/domain/mpi/identity/index.js';

function nameOf(text: string): PersonName {
  const name = readName({ text });
  if (!name) throw new Error(`no name in ${text}`);
  return name;
}
const textOf = (text: string): string => nameOf(text).text;
const share = (a: PersonName, b: PersonName): boolean => a.readings.some((text) => b.readings.includes(text));

describe('names of a Patient', () => {
  it('brings traditional, variant and full-width forms to one', () => {
    expect(textOf('張偉')).to.equal('张伟');
    expect(textOf('陳國強')).to.equal('陈国强');
    expect(textOf('李峯')).to.equal('李峰');
    expect(textOf('𠮷田')).to.equal('吉田');
    expect(textOf('王堃')).to.equal(textOf('王坤'));
    expect(textOf('ＷＡＮＧ　Ｗｅｉ')).to.equal('wei wang');
  });

  it('drops gaps, remarks and transcriptions', () => {
    for (const text of [
      '张 三',
      '张　三',
      '\u200b张三\t',
      '张三(孕妇)',
      '张三（已迁）',
      '张三 Zhang San',
      '张三2',
    ]) {
      expect(textOf(text), JSON.stringify(text)).to.equal('张三');
    }
  });

  it('parts family and given name, compound family names too', () => {
    expect(nameOf('王芳')).to.include({ family: '王', given: '芳' });
    expect(nameOf('欧阳娜娜')).to.include({ family: '欧阳', given: '娜娜' });
    expect(nameOf('歐陽修')).to.include({ family: '欧阳', given: '修' });
    expect(readName({ family: '司', given: ['马光'] })).to.include({ family: '司', given: '马光' });
    expect(readName({ family: '王', given: ['小', '明'] })).to.include({ text: '王小明', given: '小明' });
  });

  it('reads family names as families say them, and keeps the other readings', () => {
    expect(nameOf('单雄').readings.slice(0, 2)).to.deep.equal(['shanxiong', 'danxiong']);
    expect(nameOf('曾力').familyReadings).to.deep.equal(['zeng', 'ceng']);
    expect(nameOf('仇英').familyReadings).to.deep.equal(['qiu', 'chou']);
    expect(nameOf('区伟').familyReadings[0]).to.equal('ou');
    expect(nameOf('吕布').readings[0]).to.equal('lvbu');
  });

  it('lets homophones share a reading', () => {
    expect(share(nameOf('王芳'), nameOf('王方'))).to.equal(true);
    expect(share(nameOf('闫丽'), nameOf('阎莉'))).to.equal(true);
    expect(share(nameOf('程咬金'), nameOf('程幺金'))).to.equal(true);
    expect(share(nameOf('单雄'), nameOf('丹雄'))).to.equal(true);
    expect(share(nameOf('蒋经国'), nameOf('蒋纬国'))).to.equal(false);
  });

  it('folds sounds that dialects do not tell apart', () => {
    expect(nameOf('刘兰').sound).to.equal(nameOf('刘南').sound);
    expect(nameOf('程明').sound).to.equal(nameOf('岑民').sound);
    expect(nameOf('付强').sound).to.equal(nameOf('户强').sound);
  });

  it('never lists more than eight readings', () => {
    for (const text of ['单乐曾区', '仇解任查', '尉迟朴盖', '缪缪缪缪']) {
      expect(nameOf(text).readings.length, text).to.be.within(1, 8);
    }
  });

  it('brings every interpunct of a minority name to the same text', () => {
    for (const point of ['·', '.', '．', '・', '･', '•', '﹒', '‧', '。', ' · ', '']) {
      expect(textOf(`买买提${point}吐尔逊`), JSON.stringify(point)).to.equal('买买提吐尔逊');
    }
    expect(nameOf('买买提 吐尔逊').parts).to.deep.equal(['买买提', '吐尔逊']);
    expect(nameOf('阿依古丽·买买提')).to.include({ family: '买买提', given: '阿依古丽' });
  });

  it('keeps a cut name as the beginning of the whole one', () => {
    expect(textOf('阿卜杜热合曼·阿卜杜外力'.slice(0, 8))).to.satisfy((cut: string) =>
      textOf('阿卜杜热合曼·阿卜杜外力').startsWith(cut),
    );
  });

  it('has a form in which exchanged parts are equal', () => {
    expect(nameOf('伟张').unordered).to.equal(nameOf('张伟').unordered);
    expect(readName({ family: '小明', given: ['王'] })?.unordered).to.equal(nameOf('王小明').unordered);
    expect(nameOf('吐尔逊·买买提').unordered).to.equal(nameOf('买买提·吐尔逊').unordered);
    expect(nameOf('Wang Wei').unordered).to.equal(nameOf('WEI, Wang').unordered);
  });

  it('lets Latin names meet in whatever order and spacing, and Chinese ones meet their transcription', () => {
    const forms = ['Wang Xiaoming', 'Xiaoming WANG', 'WANG, Xiao Ming', 'wang xiao-ming', '王小明'];
    for (const a of forms)
      for (const b of forms) expect(share(nameOf(a), nameOf(b)), `${a}/${b}`).to.equal(true);
    expect(readName({ family: 'WANG', given: ['Xiao', 'Ming'] })).to.include({
      text: 'wang xiao ming',
      family: 'wang',
    });
    expect(nameOf('José O’Brien')).to.include({ text: 'obrien jose', family: 'obrien' });
  });

  it('sees a child under its parent’s name', () => {
    expect(readNewbornName('张丽之女')).to.deep.equal({ parent: '张丽', sex: 'female', order: '' });
    expect(readNewbornName('李红之长子')).to.deep.equal({ parent: '李红', sex: 'male', order: '长' });
    expect(readNewbornName('李红之女2')).to.deep.equal({ parent: '李红', sex: 'female', order: '2' });
    expect(readNewbornName('王小芳女婴')).to.deep.equal({ parent: '王小芳', sex: 'female', order: '' });
    expect(readNewbornName('baby boy of li hong')).to.deep.equal({
      parent: 'li hong',
      sex: 'male',
      order: '',
    });
    for (const text of ['王芳', '李子', '陈女', '赵之恒', '王之女', '李宝']) {
      expect(readNewbornName(text), text).to.equal(undefined);
    }
    expect(nameOf('張麗之子B').newborn).to.deep.equal({ parent: '张丽', sex: 'male', order: 'B' });
  });

  it('knows what stands for no name', () => {
    const empty = [
      '不详',
      '无名',
      '无名氏',
      '未知',
      '测试',
      '测试001',
      'test',
      'TEST 2',
      'Unknown',
      '张某',
      '张某某',
      '李**',
      '123',
      'xxx',
    ];
    for (const text of empty) expect(nameOf(text).placeholder, text).to.equal(true);
    for (const text of ['吴明', '无忌', '未央', 'Testi Ada']) {
      expect(nameOf(text).placeholder, text).to.equal(false);
    }
    for (const text of ['', ' ', '-', '···']) expect(readName({ text })).to.equal(undefined);
  });

  it('lists names in use before old ones, each once', () => {
    const names = readNames({
      name: [
        { use: 'maiden', text: '王芳' },
        { text: '张芳' },
        { use: 'official', family: '張', given: ['芳'] },
      ],
    });
    expect(names.map(({ text }) => text)).to.deep.equal(['张芳', '王芳']);
  });

  it('throws at nothing', () => {
    const odd = [
      undefined,
      null,
      7,
      'x',
      { name: 7 },
      { name: [null, 7, [], { text: 7, given: 'x', family: {} }] },
    ];
    for (const patient of odd) expect(readNames(patient)).to.deep.equal([]);
    expect(() => readName({ text: '单'.repeat(100_000) })).to.not.throw();
    expect(() => readName({ text: '\ud83d\ude00\ud800王' })).to.not.throw();
  });
});

describe('glyph similarity', () => {
  it('finds characters that are easily taken for each other', () => {
    for (const pair of [
      '未末',
      '己已',
      '俊峻',
      '婷停',
      '清请',
      '洁浩',
      '宁宇',
      '雪雷',
      '芳芬',
      '晖辉',
      '静睁',
      '杰杏',
    ]) {
      const [a = '', b = ''] = pair;
      expect(characterSimilarity(a, b), pair).to.be.at.least(0.65);
    }
  });

  it('tells others apart', () => {
    for (const pair of ['经纬', '军国', '明敏', '伟芳', '静靖', '王李', '丽红', '𠀀王']) {
      const [a = '', b = ''] = [...pair];
      expect(characterSimilarity(a, b), pair).to.be.below(0.6);
    }
  });

  it('takes a name for as similar as its worst character, and only at equal length', () => {
    expect(glyphSimilarity('王俊', '王俊')).to.equal(1);
    expect(glyphSimilarity('王俊杰', '王峻杰')).to.equal(characterSimilarity('俊', '峻'));
    expect(glyphSimilarity('王俊', '王俊杰')).to.equal(0);
  });
});

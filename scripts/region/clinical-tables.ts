// A table of data: frequent reasons for a visit with their ICD-10 codes, and what is measured and prescribed for them.

export interface Complaint {
  /** ICD-10. */
  readonly code: string;
  readonly name: string;
  readonly department: string;
  readonly weight: number;
  readonly ages: readonly [from: number, to: number];
  readonly sex?: 'female';
  readonly tests: readonly TestCode[];
  readonly drugs: readonly Drug[];
}

export interface Drug {
  readonly name: string;
  readonly dose: string;
  /** Packs. */
  readonly packs: number;
}

export type TestCode = keyof typeof tests;

/** LOINC, unit (UCUM), digits after the point, mean and deviation of what comes out. */
export const tests = {
  glucose: {
    loinc: '15074-8',
    name: '空腹血糖',
    unit: 'mmol/L',
    digits: 2,
    mean: 6.6,
    deviation: 1.6,
    low: 3.9,
    high: 6.1,
  },
  hba1c: {
    loinc: '4548-4',
    name: '糖化血红蛋白',
    unit: '%',
    digits: 1,
    mean: 6.9,
    deviation: 1.1,
    low: 4,
    high: 6,
  },
  cholesterol: {
    loinc: '14647-2',
    name: '总胆固醇',
    unit: 'mmol/L',
    digits: 2,
    mean: 5.1,
    deviation: 0.9,
    low: 2.8,
    high: 5.2,
  },
  haemoglobin: {
    loinc: '718-7',
    name: '血红蛋白',
    unit: 'g/L',
    digits: 0,
    mean: 134,
    deviation: 15,
    low: 115,
    high: 150,
  },
  leukocytes: {
    loinc: '6690-2',
    name: '白细胞计数',
    unit: '10*9/L',
    digits: 2,
    mean: 7.8,
    deviation: 2.6,
    low: 3.5,
    high: 9.5,
  },
  creatinine: {
    loinc: '14682-9',
    name: '肌酐',
    unit: 'umol/L',
    digits: 1,
    mean: 78,
    deviation: 18,
    low: 41,
    high: 97,
  },
  temperature: {
    loinc: '8310-5',
    name: '体温',
    unit: 'Cel',
    digits: 1,
    mean: 37.1,
    deviation: 0.7,
    low: 36,
    high: 37.2,
  },
  weight: {
    loinc: '29463-7',
    name: '体重',
    unit: 'kg',
    digits: 1,
    mean: 62,
    deviation: 10,
    low: 40,
    high: 90,
  },
} as const;

const row = (
  [code, name, department]: readonly [string, string, string],
  [weight, from, to]: readonly [number, number, number],
  [measured, prescribed]: readonly [readonly TestCode[], readonly string[]],
): Complaint => ({
  code,
  name,
  department,
  weight,
  ages: [from, to],
  tests: measured,
  drugs: prescribed.map((text) => {
    const [drug = '', dose = '', packs = '1'] = text.split('|');
    return { name: drug, dose, packs: Number(packs) };
  }),
});

export const complaints: readonly Complaint[] = [
  row(
    ['I10', '特发性(原发性)高血压', '心血管内科'],
    [17, 35, 100],
    [
      ['cholesterol', 'creatinine'],
      ['苯磺酸氨氯地平片 5mg|一次1片,一日1次|2', '缬沙坦胶囊 80mg|一次1粒,一日1次|2'],
    ],
  ),
  row(
    ['E11.9', '2型糖尿病不伴有并发症', '内分泌科'],
    [10, 35, 100],
    [
      ['glucose', 'hba1c', 'weight'],
      ['盐酸二甲双胍片 0.5g|一次1片,一日2次|3', '格列美脲片 2mg|一次1片,一日1次|1'],
    ],
  ),
  row(
    ['J06.9', '急性上呼吸道感染', '全科医疗科'],
    [18, 0, 100],
    [
      ['temperature', 'leukocytes'],
      ['对乙酰氨基酚片 0.5g|发热时服1片|1', '连花清瘟胶囊|一次4粒,一日3次|2'],
    ],
  ),
  row(
    ['J20.9', '急性支气管炎', '呼吸内科'],
    [8, 0, 100],
    [
      ['temperature', 'leukocytes'],
      ['盐酸氨溴索片 30mg|一次1片,一日3次|1', '阿莫西林胶囊 0.5g|一次1粒,一日3次|2'],
    ],
  ),
  row(
    ['J44.9', '慢性阻塞性肺病', '呼吸内科'],
    [5, 50, 100],
    [['leukocytes'], ['噻托溴铵粉吸入剂 18ug|一次1吸,一日1次|1']],
  ),
  row(
    ['J18.9', '肺炎', '呼吸内科'],
    [3, 0, 100],
    [['temperature', 'leukocytes'], ['左氧氟沙星片 0.5g|一次1片,一日1次|1']],
  ),
  row(
    ['I25.1', '动脉硬化性心脏病', '心血管内科'],
    [6, 50, 100],
    [['cholesterol'], ['阿司匹林肠溶片 100mg|一次1片,一日1次|1', '阿托伐他汀钙片 20mg|一次1片,每晚1次|2']],
  ),
  row(
    ['I63.9', '脑梗死', '神经内科'],
    [4, 50, 100],
    [['glucose', 'cholesterol'], ['硫酸氢氯吡格雷片 75mg|一次1片,一日1次|1']],
  ),
  row(
    ['E78.5', '高脂血症', '心血管内科'],
    [4, 30, 100],
    [['cholesterol'], ['瑞舒伐他汀钙片 10mg|一次1片,每晚1次|1']],
  ),
  row(
    ['K29.5', '慢性胃炎', '消化内科'],
    [7, 18, 100],
    [['haemoglobin'], ['奥美拉唑肠溶胶囊 20mg|一次1粒,一日2次|2']],
  ),
  row(
    ['K80.2', '胆囊结石不伴有胆囊炎', '普通外科'],
    [3, 25, 100],
    [['leukocytes'], ['消炎利胆片|一次6片,一日3次|1']],
  ),
  row(
    ['A09.9', '胃肠炎和结肠炎', '消化内科'],
    [4, 0, 100],
    [
      ['temperature', 'leukocytes'],
      ['蒙脱石散 3g|一次1袋,一日3次|1', '口服补液盐散|一次1袋,溶于水|1'],
    ],
  ),
  row(['M51.2', '腰椎间盘移位', '骨科'], [5, 25, 90], [[], ['塞来昔布胶囊 0.2g|一次1粒,一日1次|1']]),
  row(
    ['M17.9', '膝关节病', '骨科'],
    [5, 45, 100],
    [['weight'], ['硫酸氨基葡萄糖胶囊 0.25g|一次2粒,一日3次|2']],
  ),
  row(
    ['N39.0', '泌尿道感染', '泌尿外科'],
    [3, 15, 100],
    [['temperature', 'creatinine'], ['头孢克肟胶囊 0.1g|一次1粒,一日2次|1']],
  ),
  row(
    ['D50.9', '缺铁性贫血', '内科'],
    [3, 1, 90],
    [['haemoglobin'], ['琥珀酸亚铁片 0.1g|一次1片,一日3次|1']],
  ),
  row(
    ['B18.1', '慢性乙型病毒性肝炎不伴有丁型肝炎', '感染科'],
    [2, 20, 80],
    [['haemoglobin'], ['恩替卡韦分散片 0.5mg|一次1片,一日1次|1']],
  ),
  row(
    ['J45.9', '哮喘', '呼吸内科'],
    [2, 3, 80],
    [['leukocytes'], ['布地奈德福莫特罗粉吸入剂|一次1吸,一日2次|1']],
  ),
  row(['L30.9', '皮炎', '皮肤科'], [4, 0, 90], [[], ['丁酸氢化可的松乳膏 10g|外用,一日2次|1']]),
  row(['G47.0', '失眠症', '神经内科'], [3, 20, 95], [[], ['艾司唑仑片 1mg|睡前服1片|1']]),
  {
    ...row(
      ['Z34.9', '正常妊娠监督', '妇产科'],
      [3, 19, 42],
      [['haemoglobin', 'weight', 'glucose'], ['叶酸片 0.4mg|一次1片,一日1次|1']],
    ),
    sex: 'female',
  },
];

// A table of data: family names by their real shares, given-name characters by sex and time of birth.
import type { Random } from './random.js';

export type Sex = 'male' | 'female';

/**
 * The hundred most frequent family names with their number among 100,000 people. Source: National Citizen Identity
 * Information Center, 1.2 billion people alive in 2008 (H.-W.-S. Bao, ChineseNames), rounded.
 */
const familyNames = `王7486 李7370 张7033 刘5306 陈4555 杨3369 黄2348 赵2111 吴1999 周1963 徐1497 孙1455 朱1321 马1308
胡1204 郭1150 何1074 高1043 罗986 林982 郑912 梁839 谢747 宋732 唐715 韩643 许640 冯634 邓624 曹620 彭590 曾565 肖545
田543 董534 袁521 于514 潘512 蒋493 杜486 蔡485 余481 程470 魏464 叶461 吕452 丁451 苏449 任433 沈424 姚418 姜414 卢407
崔403 钟395 谭380 汪378 范376 陆371 金369 石354 廖348 贾346 夏333 付328 方317 韦313 邹306 白304 熊302 孟300 秦298 邱275
尹271 江269 薛266 闫260 侯258 段252 雷247 史223 龙223 陶220 顾216 贺215 黎212 郝209 毛208 邵206 龚206 万201 钱193 武190
严190 戴187 孔180 向179 覃175 常174 汤174`;

const familyTable: readonly (readonly [string, number])[] = [
  ...familyNames.matchAll(/(\p{Script=Han}+)(\d+)/gu),
].map((match) => [match[1] ?? '', Number(match[2])]);

interface Fashion {
  /** First year of birth that it stands for. */
  readonly since: number;
  readonly male: string;
  readonly female: string;
  /** Share of given names of one character. */
  readonly single: number;
}

/** Characters in use at a time; the frequent ones come more than once. */
const fashions: readonly Fashion[] = [
  {
    since: 1900,
    male: '国国德德文文明明志永永福福贵祥云林光生荣清春海金金玉发全兴正家昌',
    female: '秀秀秀英英英兰兰桂桂珍珍玉玉芳梅凤凤莲素淑香菊芝云华翠清春金',
    single: 0.08,
  },
  {
    since: 1955,
    male: '建建国国华华军军平卫东新民志强红明文林生伟成德学永光清忠',
    female: '红红梅芳芳丽英英华玲玲萍霞秀珍敏燕桂兰琴云凤爱春琼',
    single: 0.22,
  },
  {
    since: 1972,
    male: '勇军军强强磊伟伟涛斌杰波超辉鹏飞刚健明志建华文海峰亮俊',
    female: '静静丽丽娟娟艳艳敏燕玲芳霞婷娜莉红晓梅琴萍英慧丹',
    single: 0.42,
  },
  {
    since: 1990,
    male: '俊俊杰杰浩浩鑫宇宇鹏帅凯旭志豪文明子天嘉晨阳龙博航威',
    female: '婷婷欣欣雪颖慧悦佳佳怡怡雨雨倩思梦琪文静晓雅玉心',
    single: 0.24,
  },
  {
    since: 2008,
    male: '梓轩轩浩浩宇宇子子睿睿辰泽泽博奕俊皓煜铭一嘉佑沐',
    female: '梓梓涵涵欣怡怡诺诺萱萱雨汐一妍可语若桐佳琪沐瑶艺',
    single: 0.07,
  },
];

export interface PersonName {
  readonly family: string;
  readonly given: string;
}

/** A name as somebody of that sex, born in that year, may bear it. */
export function drawName(random: Random, sex: Sex, birthYear: number): PersonName {
  const family = random.weighted(familyTable);
  const fashion = fashions.findLast((row) => row.since <= birthYear) ?? fashions[0];
  if (!fashion) throw new Error('no fashion');
  const characters = [...fashion[sex]];
  const first = random.pick(characters);
  if (random.chance(fashion.single)) return { family, given: first };
  return { family, given: first + random.pick(characters) };
}

export const frequentFamilyNames: readonly string[] = familyTable.map(([name]) => name);

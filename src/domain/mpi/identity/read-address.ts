import { isObject, listOf, memberOf, textAt, textOf } from './loose-json.js';
import { chineseNumber, foldLatin, han, normaliseText } from './normalise-text.js';
import { isPlaceholderText } from './placeholders.js';

/** A home in parts that compare one by one; a part that is not told is empty. Names stand without 省, 市, 区, 镇, 村. */
export interface HomeAddress {
  /** GB/T 2260 county code, or a longer statistical code, where the record carries one. */
  readonly division: string;
  readonly province: string;
  readonly city: string;
  readonly county: string;
  readonly township: string;
  readonly village: string;
  /** Number of the villagers' group: 三组 is 3. */
  readonly group: string;
  readonly road: string;
  /** House number on the road or in the village, with its additions: 12-3. */
  readonly number: string;
  /** Building, entrance and flat, joined: 3栋2单元501室 is 3-2-501. */
  readonly room: string;
  readonly postalCode: string;
  /** The whole, normalised, for comparing as text. */
  readonly text: string;
}

const most = 6;
/** Text of this length is more than a word for nothing. */
const shortest = 12;

/** The addresses of a Patient that say something, homes and addresses in use before others and old ones. */
export function readAddresses(patient: unknown): HomeAddress[] {
  const listed = listOf(memberOf(patient, 'address')).slice(0, most);
  const rank = (address: unknown): number =>
    ['home', '', 'temp', 'work', 'billing', 'old'].indexOf(textAt(address, 'use'));
  const ordered = [...listed].sort((a, b) => rank(a) - rank(b));
  return ordered.map(readAddress).filter((address) => address !== undefined);
}

/** Of one Address; undefined where it says nothing. */
export function readAddress(address: unknown): HomeAddress | undefined {
  if (!isObject(address)) return undefined;
  const text = (name: string): string => normaliseText(textAt(address, name));
  const lines = listOf(address['line']).slice(0, most).map(textOf).map(normaliseText).join(' ');
  const areas = [text('state'), text('city'), text('district')];
  const whole = text('text') || [...areas, lines].join(' ').trim();
  const postalCode = text('postalCode');
  const division = divisionOf(address);
  const empty = whole.length < shortest && isPlaceholderText(whole);
  if (empty && division === '' && postalCode === '') return undefined;
  if (!han.test(whole)) return { ...foreignAddress(whole, areas, lines), division, postalCode };
  const parts = parseHanAddress(whole);
  const [province, city, county] = areas.map(bareName);
  return {
    ...parts,
    division,
    province: province || parts.province,
    city: city || parts.city,
    county: county || parts.county,
    postalCode,
  };
}

/** A division code in an extension of the Address, or in place of a division's name. */
function divisionOf(address: Record<string, unknown>): string {
  for (const extension of listOf(address['extension']).slice(0, most)) {
    const coding = memberOf(extension, 'valueCoding');
    const isDivision =
      /division|area-?code|2260/i.test(textAt(extension, 'url')) || textAt(coding, 'system').includes('2260');
    const code = textAt(coding, 'code') || textAt(extension, 'valueCode') || textAt(extension, 'valueString');
    if (isDivision && isDivisionCode(code)) return code;
  }
  return ['district', 'city', 'state'].map((name) => textAt(address, name)).find(isDivisionCode) ?? '';
}

/** 6 digits for a county, 9 for a township, 12 for a village. */
const isDivisionCode = (text: string): boolean => /^[1-9]\d{5}(?:\d{3}){0,2}$/.test(text);

type Place = Omit<HomeAddress, 'division' | 'postalCode'>;

/** In the order of an address; each takes what stands at the beginning of the rest. */
const steps: readonly (readonly [part: keyof Place, form: RegExp])[] = [
  ['province', /^(.{2,7}?(?:省|自治区|特别行政区)|(?:北京|上海|天津|重庆)(?=市))/],
  ['city', /^([^区县镇乡村路街]{1,8}?(?:市(?!场|民)|自治州|地区|盟))/],
  [
    'county',
    /^([^镇乡村路街]{1,10}?(?:自治县|自治旗|林区|新区|县|区(?!路|街)|旗)|[^镇乡村路街区]{1,5}?市(?!场|民))/,
  ],
  ['township', /^(.{1,8}?(?:街道办事处|街道|街办|民族乡|镇|乡|苏木))(?!路|街)/],
  ['village', /^(.{1,10}?(?:村民委员会|居民委员会|村委会|居委会|社区|村|屯|寨|湾子))(?!路|街)/],
  ['group', /^(?:第)?(\d+)(?:村民小组|居民小组|小组|组|生产队|队|社)/],
  ['road', /^(.{1,10}?(?:大道|大街|路|街|巷|弄|胡同|道))/],
  ['number', /^附?(\d+(?:[-之附]\d+)*)(?:号院|号(?!楼|栋|幢))/],
];

/** 湖北省襄阳市南漳县城关镇水镜路12号3栋2单元501室, or any part of it, in any of the forms that people write. */
function parseHanAddress(whole: string): Place {
  const text = digitNumbers(whole.replace(/[\s,，、。.]+/g, ''));
  const place: Record<keyof Place, string> = { ...emptyPlace, text: foldLatin(text) };
  let rest = text;
  for (const [part, form] of steps) {
    const match = form.exec(rest);
    if (!match) continue;
    place[part] = /^(?:group|number|road)$/.test(part)
      ? (match[1] ?? '').replace(/[之附]/g, '-')
      : bareName(match[1] ?? '');
    rest = rest.slice(match[0].length);
    if (part === 'province') rest = rest.replace(/^市(?=.)/, '');
  }
  place.room = (rest.match(/\d+/g) ?? []).slice(0, 4).join('-');
  return place;
}

const emptyPlace: Place = {
  province: '',
  city: '',
  county: '',
  township: '',
  village: '',
  group: '',
  road: '',
  number: '',
  room: '',
  text: '',
};

/** Chinese numerals before a word that is counted become digits: 三组, 第十二村民小组, 二十三号. 三里村 stays. */
const digitNumbers = (text: string): string =>
  text.replace(
    /第?([〇零一二三四五六七八九十百两]{1,6})(?=(?:村民小组|居民小组|小组|组|生产队|队|号|栋|幢|单元|室|楼|层))/g,
    (_, number: string) => chineseNumber(number),
  );

const nation =
  '(?:维吾尔|哈萨克|柯尔克孜|塔吉克|达斡尔|鄂温克|鄂伦春|蒙古|土家|朝鲜|锡伯|布依|仡佬|仫佬|毛南|拉祜|纳西|景颇|布朗|普米|傈僳|哈尼|撒拉|保安|东乡|裕固|独龙|[\\p{Script=Han}])族';
const suffix = new RegExp(
  [
    `(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|(?:${nation})*自治[州县旗]|地区|街道办事处|街道|街办|(?:${nation})?乡`,
    '|村民委员会|居民委员会|村委会|居委会|社区|林区|新区|[市县区旗盟镇村屯寨]|苏木)$',
  ].join(''),
  'u',
);

/** 襄城区 is 襄城, 恩施土家族苗族自治州 is 恩施; a name of one character keeps its suffix: 城区. */
function bareName(name: string): string {
  const compact = name.replace(/\s+/g, '');
  if (!han.test(compact)) return foldLatin(compact);
  const bare = compact.replace(suffix, '');
  return [...bare].length > 1 ? bare : compact;
}

function foreignAddress(
  whole: string,
  [province = '', city = '', county = '']: readonly string[],
  lines: string,
): Place {
  const fold = (text: string): string =>
    foldLatin(text)
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  const street = fold(lines);
  const number = /^\d+/.exec(street)?.[0] ?? '';
  return {
    ...emptyPlace,
    province: fold(province),
    city: fold(city),
    county: fold(county),
    road: street.slice(number.length).trim(),
    number,
    text: fold(whole),
  };
}

import type { Sex } from './sex.js';

/** A child registered under a parent's name, before it has its own. */
export interface NewbornName {
  /** The parent's name as it stands there. */
  readonly parent: string;
  readonly sex: Sex;
  /** What tells twins apart: `大`, `2`, `甲`; else empty. */
  readonly order: string;
}

const order = '长大次小幺双单一二三四五甲乙丙丁';
const child = '儿子|女儿|男婴儿|女婴儿|男婴|女婴|男孩|女孩|婴儿|婴|宝宝|毛毛|子|女|男|宝';
const withParticle = new RegExp(
  `^(.{2,}?)[之的](?:第?([${order}\\d])胎?)?(${child})[（(]?([${order}a-d\\d]?)[)）]?$`,
  'iu',
);
const withoutParticle = /^(.{2,3}?)()(男婴儿?|女婴儿?|新生儿|婴儿?|毛毛)([甲乙一二三a-d\d]?)$/iu;
const latin =
  /^(?:(?:newborn|baby|infant|bb)(?: (boy|girl))?(?: ([a-d\d]))? (?:of )?(.{2,})|(.{2,}?)(?:'s)? (?:baby|newborn)(?: (boy|girl))?)$/iu;

/** 张丽之女, 李红之长子, 王芳女婴2, Baby boy of Li Hong; undefined for any other name. */
export function readNewbornName(name: string): NewbornName | undefined {
  const match = withParticle.exec(name) ?? withoutParticle.exec(name);
  if (match) {
    const [, parent = '', before = '', word = '', after = ''] = match;
    return { parent, sex: sexOf(word), order: before || after.toUpperCase() };
  }
  const english = latin.exec(name);
  if (!english) return undefined;
  const [, boy, number = '', parent, before = '', after] = english;
  return {
    parent: parent ?? before,
    sex: sexOf((boy ?? after ?? '').toLowerCase()),
    order: number.toUpperCase(),
  };
}

function sexOf(word: string): Sex {
  if (/女|girl/.test(word)) return 'female';
  return /男|子|boy/.test(word) ? 'male' : 'unknown';
}

import { type NamePart } from '../comparisons/personal-name.js';
import { isOneEditAway, similarityFrom, type Word, wordOf } from '../string-distance.js';
import { remember } from '../remember.js';
import { textHash } from '../text-hash.js';
import { areGlyphsAlike, glyphNumber } from './glyph-pairs.js';

/** A family or a given name: Chinese characters (a minority's too) or letters, with how it may be read. */
export interface SpokenPart extends Word {
  /** Numbers of its first three UTF-16 units (see glyphNumber), 0 where it is shorter. */
  readonly first: number;
  readonly second: number;
  readonly third: number;
  /** Hashes of its readings: toneless pinyin, or the letters themselves. */
  readonly readings: readonly number[];
  /** Which readings occur, a bit for each hash modulo 32. */
  readonly sounds: number;
}

/** Longer names are a minority's or written in letters: there a slip changes one of many. */
const longestHan = 3;

const partOf = remember((line): SpokenPart => {
  const [text = '', ...readings] = line.split(' / ');
  const hashes = readings.map(textHash);
  const sounds = hashes.reduce((bits, hash) => bits | (1 << (hash & 31)), 0);
  const { length, hash, letters } = wordOf(text);
  const [first = 0, second = 0, third = 0] = text
    .slice(0, longestHan)
    .split('')
    .map((unit) => glyphNumber(unit.charCodeAt(0)));
  return { hash, sounds, length, letters, first, second, third, readings: hashes, text };
});

/** `readings` as the identity gives them; a character is read differently as a family name. */
export const spokenPart = (text: string, readings: readonly string[]): SpokenPart =>
  partOf([text, ...readings].join(' / '));

const [disagree, partly, alike, sameSound, exact] = [1, 2, 3, 4, 5] as const;
const lettersAlike = 0.88;
export const hanNamePart: NamePart<SpokenPart> = {
  levels: [
    { name: 'absent', agreement: 'absent' },
    { name: 'disagree', agreement: 'disagree' },
    { name: 'one character', agreement: 'far' },
    { name: 'alike in writing', agreement: 'near' },
    { name: 'same sound', agreement: 'near' },
    { name: 'exact', agreement: 'exact' },
  ],
  compare(one, other) {
    if (one.hash === other.hash) return exact;
    if ((one.sounds & other.sounds) !== 0 && haveReadingInCommon(one, other)) return sameSound;
    if (one.length > longestHan && other.length > longestHan) return compareLong(one, other);
    return compareCharacters(one, other);
  },
  term: ({ text }) => text,
};

function haveReadingInCommon({ readings }: SpokenPart, other: SpokenPart): boolean {
  for (const reading of readings) if (other.readings.includes(reading)) return true;
  return false;
}

function compareLong(one: SpokenPart, other: SpokenPart): number {
  if (isOneEditAway(one, other) || isCut(one.text, other.text)) return alike;
  return similarityFrom(lettersAlike, one, other) > 0 ? alike : disagree;
}

/** Long names end where a field does. */
const isCut = (one: string, other: string): boolean => one.startsWith(other) || other.startsWith(one);

/** Brothers and sisters often share one character of two, so that alone says little. */
function compareCharacters(one: SpokenPart, other: SpokenPart): number {
  const shared = (one.letters & other.letters) !== 0 && sharesCharacter(one, other);
  const comparable = one.length === other.length && (shared || one.length === 1);
  if (comparable && isAlike(one, other)) return alike;
  return shared ? partly : disagree;
}

function sharesCharacter(one: SpokenPart, other: SpokenPart): boolean {
  if (one.length > longestHan || other.length > longestHan) return sharesUnit(one.text, other.text);
  return isAmong(one.first, other) || isAmong(one.second, other) || isAmong(one.third, other);
}

const isAmong = (glyph: number, { first, second, third }: SpokenPart): boolean =>
  glyph !== 0 && (glyph === first || glyph === second || glyph === third);

function sharesUnit(one: string, other: string): boolean {
  for (let place = 0; place < one.length; place++) {
    const code = one.charCodeAt(place);
    for (let partner = 0; partner < other.length; partner++) {
      if (other.charCodeAt(partner) === code) return true;
    }
  }
  return false;
}

/** Whether each character of names of one length, three at most, looks like the one in its place. */
const isAlike = (one: SpokenPart, other: SpokenPart): boolean =>
  isGlyphAlike(one.first, other.first) &&
  isGlyphAlike(one.second, other.second) &&
  isGlyphAlike(one.third, other.third);

const isGlyphAlike = (one: number, other: number): boolean => one === other || areGlyphsAlike(one, other);

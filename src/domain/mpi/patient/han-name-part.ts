import { type NamePart } from '../comparisons/personal-name.js';
import { characterSimilarity } from '../identity/index.js';
import { isOneEditAway, similarityFrom, type Word, wordOf } from '../string-distance.js';
import { remember } from '../remember.js';
import { textHash } from '../text-hash.js';

/** A family or a given name: Chinese characters (a minority's too) or letters, with how it may be read. */
export interface SpokenPart extends Word {
  /** Hashes of its readings: toneless pinyin, or the letters themselves. */
  readonly readings: readonly number[];
  /** Which readings occur, a bit for each hash modulo 32. */
  readonly sounds: number;
}

const partOf = remember((line): SpokenPart => {
  const [text = '', ...readings] = line.split(' / ');
  const hashes = readings.map(textHash);
  const sounds = hashes.reduce((bits, hash) => bits | (1 << (hash & 31)), 0);
  return { ...wordOf(text), readings: hashes, sounds };
});

/** `readings` as the identity gives them; a character is read differently as a family name. */
export const spokenPart = (text: string, readings: readonly string[]): SpokenPart =>
  partOf([text, ...readings].join(' / '));

const [disagree, partly, alike, sameSound, exact] = [1, 2, 3, 4, 5] as const;
/** From here on characters are easily taken for each other: see characterSimilarity. */
const glyphsAlike = 0.65;
const lettersAlike = 0.88;
/** Longer names are a minority's or written in letters: there a slip changes one of many. */
const longestHan = 3;

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
  const shared = (one.letters & other.letters) !== 0 && sharesCharacter(one.text, other.text);
  const comparable = one.length === other.length && (shared || one.length === 1);
  if (comparable && isAlike(one.text, other.text)) return alike;
  return shared ? partly : disagree;
}

function sharesCharacter(one: string, other: string): boolean {
  for (let place = 0; place < one.length; place++) {
    const code = one.charCodeAt(place);
    for (let partner = 0; partner < other.length; partner++) {
      if (other.charCodeAt(partner) === code) return true;
    }
  }
  return false;
}

/** Whether each character looks like the one in its place. */
function isAlike(one: string, other: string): boolean {
  for (let place = 0; place < one.length; place++) {
    const [code, otherCode] = [one.charCodeAt(place), other.charCodeAt(place)];
    if (code !== otherCode && !areGlyphsAlike(code, otherCode)) return false;
  }
  return true;
}

/** Answers by the pair of character codes: names use few characters, and strokes take long. A later pair takes the place. */
const rememberedPairs = new Float64Array(1 << 16);
const rememberedAnswers = new Uint8Array(rememberedPairs.length);

function areGlyphsAlike(one: number, other: number): boolean {
  const pair = one < other ? one * 0x10000 + other : other * 0x10000 + one;
  const place = ((one * 31) ^ (other * 31)) & (rememberedPairs.length - 1);
  if (rememberedPairs[place] !== pair) {
    const similarity = characterSimilarity(String.fromCharCode(one), String.fromCharCode(other));
    rememberedPairs[place] = pair;
    rememberedAnswers[place] = Number(similarity >= glyphsAlike);
  }
  return rememberedAnswers[place] === 1;
}

import { hanCharacters } from './han-characters.js';

const beyondAscii = /\P{ASCII}/u;
const invisible = /[\p{Cc}\p{Cf}]+/gu;
export const han = /\p{Script=Han}/u;

/** Compatibility forms (full width, ligatures), nothing invisible, Chinese characters simplified; white space is kept. */
export function normaliseText(text: string): string {
  // A tab or a line end parts two words.
  const spaced = text.replace(/\s+/g, ' ');
  if (!beyondAscii.test(spaced)) return spaced.replace(invisible, '').trim();
  const plain = spaced.normalize('NFKC').replace(invisible, '').trim();
  return han.test(plain) ? simplified(plain) : plain;
}

/** Latin letters without accents, in lower case. */
export const foldLatin = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();

function simplified(text: string): string {
  const { simplify } = hanCharacters();
  let result = '';
  for (const character of text) result += han.test(character) ? simplify(character) : character;
  return result;
}

const digits = new Map(
  [...'〇零一二三四五六七八九'].map((character, place) => [character, Math.max(0, place - 1)]),
);
digits.set('两', 2);

/**
 * A number in Chinese characters below 1,000 in digits: 二十三 is 23, 一二 is 12, 一百零五 is 105. Anything else as it
 * came.
 */
export function chineseNumber(text: string): string {
  const match =
    /^(?:([一二三四五六七八九两])百)?零?(?:([一二三四五六七八九])?(十))?([〇零一二三四五六七八九])?$/.exec(
      text,
    );
  if (match && /[百十]/.test(text)) {
    const [, hundreds = '零', tens, ten, ones = '零'] = match;
    const tensValue = ten ? valueOf(tens ?? '一') : 0;
    return String(valueOf(hundreds) * 100 + tensValue * 10 + valueOf(ones));
  }
  const places = [...text].map((character) => digits.get(character));
  return text !== '' && places.every((value) => value !== undefined) ? places.join('') : text;
}

const valueOf = (character: string): number => digits.get(character) ?? 0;

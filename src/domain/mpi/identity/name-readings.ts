import { hanCharacters } from './han-characters.js';

const most = 8;
const longest = 4;
const perCharacter = { family: 3, given: 2 };

/**
 * How a Chinese name may be read: toneless pinyin without spaces, the most usual reading first, at most eight. 单 and
 * 曾 at the beginning are read as family names before anything else. Names of more than four characters (minorities)
 * have their usual reading only.
 */
export function hanReadings(name: string, familyLength: number): string[] {
  const table = hanCharacters();
  const characters = [...name];
  const perPlace = characters.map((character, place) => {
    const inFamily = place < familyLength;
    const readings = inFamily ? table.familyReadings(character) : table.readings(character);
    const number = inFamily ? perCharacter.family : perCharacter.given;
    const kept = readings.slice(0, characters.length > longest ? 1 : number);
    return kept.length > 0 ? kept : [character];
  });
  return combine(perPlace);
}

/** Every choice of one a place, those that differ least from the first choices first. */
function combine(perPlace: readonly (readonly string[])[]): string[] {
  if (perPlace.every(({ length }) => length === 1)) return [perPlace.join('')];
  let rows: { text: string; rank: number }[] = [{ text: '', rank: 0 }];
  for (const readings of perPlace) {
    rows = rows
      .flatMap(({ text, rank }) =>
        readings.map((reading, place) => ({ text: text + reading, rank: rank + place })),
      )
      .sort((a, b) => a.rank - b.rank)
      .slice(0, most);
  }
  return [...new Set(rows.map(({ text }) => text))];
}

/**
 * A Latin name with its parts in every order that forms write them: rotations, without spaces, so that `Wang Xiao Ming`
 * and `Xiaoming WANG` share one. At most four.
 */
export function latinReadings(tokens: readonly string[]): string[] {
  if (tokens.length > longest) return [tokens.join('')];
  const rotations = tokens.map((_, place) => [...tokens.slice(place), ...tokens.slice(0, place)].join(''));
  return [...new Set(rotations)];
}

/**
 * Sounds that southern and south-western speakers do not tell apart, folded: zh, ch, sh to z, c, s; n at the beginning
 * to l before a vowel, hu and f to h, -ng to -n. For blocking, and for names typed by ear.
 */
export const foldSound = (reading: string): string =>
  reading
    .replace(/([zcs])h/g, '$1')
    .replace(/n(?=[aeiouv])/g, 'l')
    .replace(/hu(?=[aeio])|f/g, 'h')
    .replace(/ng(?![aeiouv])/g, 'n');

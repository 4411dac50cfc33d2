import { hanCharacters } from './han-characters.js';

/**
 * How alike two characters look, from 0 to 1, by their stroke sequences: the edit distance over the longer one, or what
 * they begin or end with in common (a radical, a phonetic part), where half of the strokes counts as 0.65. From there
 * on they are easily taken for each other (末 and 未 1, 俊 and 峻 0.8, 静 and 睁 0.65); two of the characters frequent in
 * given names reach that by chance in 6 of 1,000 pairs.
 */
export function characterSimilarity(a: string, b: string): number {
  if (a === b) return 1;
  const characters = hanCharacters();
  const [first, second] = [characters.strokes(a), characters.strokes(b)];
  if (first === '' || second === '') return 0;
  const longer = Math.max(first.length, second.length);
  const shared = Math.max(commonLength(first, second, 'start'), commonLength(first, second, 'end')) / longer;
  return Math.max(1 - editDistance(first, second) / longer, shared < 0.5 ? 0 : 0.4 + shared / 2);
}

/** Number of code units in which two texts begin or end alike. */
function commonLength(a: string, b: string, side: 'start' | 'end'): number {
  let length = 0;
  const at = (text: string): string | undefined => text.at(side === 'start' ? length : -1 - length);
  while (length < a.length && length < b.length && at(a) === at(b)) length += 1;
  return length;
}

/** The same for names of equal length: that of the pair of characters which differs most; 0 for other lengths. */
export function glyphSimilarity(a: string, b: string): number {
  const [first, second] = [[...a], [...b]];
  if (first.length !== second.length) return 0;
  let least = 1;
  for (const [place, character] of first.entries()) {
    least = Math.min(least, characterSimilarity(character, second[place] ?? ''));
    if (least === 0) return 0;
  }
  return least;
}

/** Levenshtein's, in code units. */
function editDistance(a: string, b: string): number {
  const row = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i += 1) {
    let diagonal = row[0] ?? 0;
    row[0] = i;
    for (let j = 1; j <= b.length; j += 1) {
      const above = row[j] ?? 0;
      const change = diagonal + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      row[j] = Math.min(above + 1, (row[j - 1] ?? 0) + 1, change);
      diagonal = above;
    }
  }
  return row[b.length] ?? 0;
}

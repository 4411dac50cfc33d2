import { hanCharacters } from './han-characters.js';

/**
 * How alike two characters look, from 0 to 1: the edit distance of their stroke sequences over the longer one. From
 * about 0.65 they are easily taken for each other (末 and 未 1, 俊 and 峻 0.8, 芳 and 芬 0.71); two of the characters
 * frequent in given names reach that by chance in fewer than one of 200 pairs.
 */
export function characterSimilarity(a: string, b: string): number {
  if (a === b) return 1;
  const characters = hanCharacters();
  const [first, second] = [characters.strokes(a), characters.strokes(b)];
  if (first === '' || second === '') return 0;
  return 1 - editDistance(first, second) / Math.max(first.length, second.length);
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

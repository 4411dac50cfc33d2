/**
 * A text as a whole number of 32 bits (FNV-1a), for comparing without reading it again; 0 for no text. Two of four
 * thousand million different texts have the same.
 */
export function textHash(text: string): number {
  if (text === '') return 0;
  let hash = 0x811c9dc5;
  for (let place = 0; place < text.length; place++)
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  return hash | 0 || 1;
}

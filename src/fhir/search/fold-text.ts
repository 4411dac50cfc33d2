/**
 * The form in which strings are compared (http://hl7.org/fhir/R4/search.html#string): compatibility forms, case and
 * accents folded, white space collapsed to single spaces and trimmed. Idempotent. Full-width letters become ASCII,
 * Chinese characters stay as they are.
 */
export function foldText(text: string): string {
  const plain = isPlain(text) ? text.toLowerCase() : foldWide(text);
  return collapse(plain);
}

/** ASCII, and the unified ideographs of Chinese names: nothing to decompose. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80 && (unit < 0x4e00 || unit > 0x9fff)) return false;
  }
  return true;
}

const accents = /[\u0300-\u036f]+/g;

function foldWide(text: string): string {
  // ß, ı and ligatures have a fold in upper case only, and ẞ is upper case without one. The final sigma is a lower-case
  // form by context.
  const upper = text.normalize('NFKD').replace(accents, '').toLowerCase().toUpperCase();
  const cased = upper.toLowerCase().replaceAll('ς', 'σ');
  // Some capitals decompose once more; recomposing keeps Hangul and kana whole characters.
  return cased.normalize('NFKD').replace(accents, '').normalize('NFC');
}

const space = 0x20;

function collapse(text: string): string {
  let previous = space;
  let clean = true;
  for (let at = 0; at < text.length && clean; at += 1) {
    const unit = text.charCodeAt(at);
    clean = unit > space ? !isWideSpace(unit) : unit === space && previous !== space;
    previous = unit;
  }
  if (clean && (previous !== space || text === '')) return text;
  return text.replace(/\s+/g, ' ').trim();
}

function isWideSpace(unit: number): boolean {
  return unit >= 0x85 && (unit <= 0xa0 || (unit >= 0x1680 && unit <= 0x3000) || unit === 0xfeff);
}

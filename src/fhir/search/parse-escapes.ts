/*
 * Values of the query grammar (http://hl7.org/fhir/R4/search.html#escaping): `,` separates alternatives, `$` the parts
 * of a composite, `|` those of a token or quantity; `\,` `\$` `\|` and `\\` stand for the characters themselves. A
 * backslash before anything else is one of the value's own.
 */

/** Splits at the separator where it isn't escaped; the parts keep their escapes. */
export function splitUnescaped(text: string, separator: ',' | '$' | '|'): string[] {
  if (!text.includes('\\')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

export function unescapeValue(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,$|\\])/g, '$1') : text;
}

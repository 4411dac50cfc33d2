/**
 * Indents compact JSON text by two spaces a level. Lexical: numbers and strings keep their text. The text must be valid
 * JSON without white space outside strings.
 */
export function prettyJson(text: string): string {
  const lines: string[] = [];
  let depth = 0;
  let start = 0;
  const breakAt = (end: number): void => {
    lines.push(text.slice(start, end), '\n', '  '.repeat(depth));
    start = end;
  };
  for (let place = 0; place < text.length; place++) {
    const char = text[place];
    if (char === '"') place = endOfString(text, place);
    else if (char === '{' || char === '[') {
      const next = text[place + 1];
      if (next === '}' || next === ']') place++;
      else {
        depth++;
        breakAt(place + 1);
      }
    } else if (char === '}' || char === ']') {
      depth--;
      breakAt(place);
    } else if (char === ',') breakAt(place + 1);
    else if (char === ':') {
      lines.push(text.slice(start, place), ': ');
      start = place + 1;
    }
  }
  return `${lines.join('')}${text.slice(start)}\n`;
}

/** Place of the closing quote of the string that begins at `place`. */
function endOfString(text: string, place: number): number {
  for (let end = place + 1; end < text.length; end++) {
    if (text[end] === '\\') end++;
    else if (text[end] === '"') return end;
  }
  return text.length;
}

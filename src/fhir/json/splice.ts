/** Replaces [start, end) of a text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all edits made, which must not overlap. Every other character stays. */
export function splice(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text;
  const ordered = isOrdered(edits) ? edits : edits.slice().sort((a, b) => a.start - b.start);
  let result = '';
  let from = 0;
  for (const edit of ordered) {
    result += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return result + text.slice(from);
}

function isOrdered(edits: readonly Edit[]): boolean {
  let from = 0;
  for (const { start } of edits) {
    if (start < from) return false;
    from = start;
  }
  return true;
}

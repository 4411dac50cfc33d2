import { endOfString } from '../json/top-places.js';
import type { LinkSite } from './link-site.js';

const DIV = '"div":"';

/** The href of each <a> and the src of each <img> in the narratives of a resource; a member `div` is always XHTML. */
export function narrativeLinks(text: string): LinkSite[] {
  if (!text.includes('href') && !text.includes('src')) return [];
  const links: LinkSite[] = [];
  for (let at = text.indexOf(DIV); at >= 0; at = text.indexOf(DIV, at + DIV.length)) {
    const start = at + DIV.length;
    const end = endOfString(text, start - 1) - 1;
    for (const { index, length } of attributes(text.slice(start, end))) {
      const from = start + index;
      links.push({
        kind: 'xhtml',
        start: from,
        end: from + length,
        target: plain(text.slice(from, from + length)),
      });
    }
  }
  return links;
}

/** Ranges of the attribute values; the quotes of the XHTML are escaped in JSON, or single. */
function* attributes(div: string): Generator<{ readonly index: number; readonly length: number }> {
  const attribute =
    /<(?:a|img)\s(?:[^<>]*?\s)?(?:href|src)\s*=\s*(?:\\"((?:[^"\\<>]|\\\/)*)\\"|'((?:[^'\\<>]|\\\/)*)')/dg;
  for (const { indices } of div.matchAll(attribute)) {
    const range = indices?.[1] ?? indices?.[2];
    if (range !== undefined) yield { index: range[0], length: range[1] - range[0] };
  }
}

const plain = (raw: string): string => raw.replaceAll('\\/', '/').replaceAll('&amp;', '&');

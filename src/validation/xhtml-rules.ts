import type { FaultName } from './fault-kinds.js';

const words = (text: string): Set<string> => new Set(text.split(' '));

/** Elements that a narrative may hold (http://hl7.org/fhir/R4/narrative.html#xhtml, invariant txt-1). */
const elements = words(
  'p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr address ' +
    'bdo kbd sub sup ul ol li dl dt dd pre table caption colgroup col thead tr tfoot tbody th td code samp img map area',
);
const attributes = words(
  'title style class id idref lang xml:lang dir accesskey tabindex span width align valign char charoff abbr axis ' +
    'headers scope rowspan colspan',
);
const ownAttributes: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['a', words('href name charset type hreflang rel rev shape coords')],
  ['img', words('src alt border longdesc height width usemap ismap')],
  ['blockquote', words('cite')],
  ['q', words('cite')],
  ['map', words('name')],
  ['area', words('shape coords href nohref alt')],
  ['table', words('summary width border frame rules cellspacing cellpadding')],
  ['pre', words('space xml:space')],
  ['td', words('nowrap')],
  ['th', words('nowrap')],
]);

const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[A-Za-z_:][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const attribute = /([A-Za-z_:][\w:.-]*)\s*=\s*("[^"]*"|'[^']*')/g;
const looseAmpersand = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)/;
const activeUrl = /^["']\s*(?:javascript|vbscript|data:text)/i;
const namespace = 'http://www.w3.org/1999/xhtml';

function isAttributeAllowed(element: string, name: string, quoted: string): boolean {
  if ((name === 'href' || name === 'src') && activeUrl.test(quoted)) return false;
  if (name.startsWith('xmlns')) return name !== 'xmlns' || quoted.slice(1, -1) === namespace;
  return attributes.has(name) || ownAttributes.get(element)?.has(name) === true;
}

function areAttributesAllowed(element: string, text: string): boolean {
  if (text === '') return true;
  for (const [, name = '', quoted = ''] of text.matchAll(attribute)) {
    if (!isAttributeAllowed(element, name, quoted)) return false;
  }
  return !looseAmpersand.test(text);
}

interface Scan {
  readonly open: string[];
  hasContent: boolean;
}

/** Index after the markup that starts at `at`, or -1. */
function readMarkup(text: string, at: number, scan: Scan): number {
  if (text.startsWith('<!--', at)) {
    const end = text.indexOf('-->', at + 4);
    return end < 0 ? -1 : end + 3;
  }
  tag.lastIndex = at;
  const found = tag.exec(text);
  if (found === null) return -1;
  const [, slash, name = '', attributeText = '', selfClosing] = found;
  if (slash === '/')
    return attributeText === '' && selfClosing === '' && scan.open.pop() === name ? tag.lastIndex : -1;
  if (!elements.has(name) || !areAttributesAllowed(name, attributeText)) return -1;
  if (name === 'img') scan.hasContent = true;
  if (selfClosing === '') scan.open.push(name);
  return tag.lastIndex;
}

/** A narrative's div: one `div` of well-formed basic XHTML in its namespace, no scripts, forms or styles' elements. */
export function xhtmlFault(value: string): FaultName | undefined {
  const text = value.trim();
  if (text.length === 0) return 'emptyString';
  if (!/^<div[^>]*\sxmlns\s*=/.test(text)) return 'xhtml';
  const scan: Scan = { open: [], hasContent: false };
  let at = 0;
  do {
    at = readMarkup(text, at, scan);
    if (at < 0) return 'xhtml';
    const next = text.indexOf('<', at);
    const between = text.slice(at, next < 0 ? text.length : next);
    if (looseAmpersand.test(between)) return 'xhtml';
    if (!scan.hasContent && between.trim() !== '') scan.hasContent = true;
    at = next;
  } while (at >= 0 && scan.open.length > 0);
  if (at >= 0 || scan.open.length > 0 || !text.endsWith('>')) return 'xhtml';
  return scan.hasContent ? undefined : 'xhtmlEmpty';
}

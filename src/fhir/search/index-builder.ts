import type { JsonObject, ValueSink } from './accessor.js';
import { momentBounds, periodBounds, timingBounds } from './date-bounds.js';
import type { DateRange } from './fhir-date.js';
import { foldText } from './fold-text.js';
import { cutString } from './index-codec.js';
import type { IndexEntry } from './index-entry.js';
import { quantityBounds, rangeBounds, sampledBounds, type Bounds } from './quantity-bounds.js';
import { referenceTarget, refersToType } from './reference-target.js';
import { finishEntries } from './finish-entries.js';

/**
 * Makes index entries of the values that accessors find, type by type as
 * http://hl7.org/fhir/R4/search.html#ptypes says. What has another JSON type than its element, or says nothing, gives
 * no entry: a replica may be invalid.
 */
export class IndexBuilder implements ValueSink {
  #entries: IndexEntry[] = [];
  #code = '';
  #ordinal = 0;
  /** Places in the entries: where the current parameter, composite element and component begin. */
  #parameterStart = 0;
  #elementStart = 0;
  #partStart = -1;
  #whole = true;

  /** The values that follow belong to this parameter. */
  begin(code: string): void {
    this.#code = code;
    this.#ordinal = 0;
    this.#parameterStart = this.#entries.length;
  }

  /** Ends the parameter: equal entries become one, dates get their flags. */
  end(): void {
    if (this.#entries.length > this.#parameterStart) finishEntries(this.#entries, this.#parameterStart);
  }

  /** Hands over the entries and begins anew. */
  take(): IndexEntry[] {
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  open(ordinal: number): void {
    this.#ordinal = ordinal;
    this.#elementStart = this.#entries.length;
    this.#partStart = -1;
    this.#whole = true;
  }

  part(code: string): boolean {
    this.#closePart();
    this.#partStart = this.#entries.length;
    this.#code = code;
    return this.#whole;
  }

  close(): void {
    this.#closePart();
    if (!this.#whole) this.#entries.length = this.#elementStart;
  }

  #closePart(): void {
    if (this.#partStart === this.#entries.length) this.#whole = false;
  }

  refersTo(resource: JsonObject, reference: unknown, type: string): boolean {
    return refersToType(resource, reference, type);
  }

  text(value: unknown): void {
    if (typeof value !== 'string' || value === '') return;
    const exact = cutString(value);
    const folded = cutString(foldText(exact));
    if (folded === '') return;
    this.#entries.push({ code: this.#code, ordinal: this.#ordinal, kind: 'string', folded, exact });
  }

  humanName(value: unknown): void {
    if (!isObject(value)) return;
    const { family, given } = value;
    this.text(family);
    this.#texts(given);
    this.#texts(value['prefix']);
    this.#texts(value['suffix']);
    this.text(value['text']);
    // A Chinese name is asked for in one piece: family name and given name without a space.
    if (typeof family === 'string' && family.charCodeAt(0) >= firstIdeograph && Array.isArray(given)) {
      this.text(family + given.filter((part) => typeof part === 'string').join(''));
    }
  }

  address(value: unknown): void {
    if (!isObject(value)) return;
    this.#texts(value['line']);
    this.text(value['city']);
    this.text(value['district']);
    this.text(value['state']);
    this.text(value['country']);
    this.text(value['postalCode']);
    this.text(value['text']);
  }

  #texts(values: unknown): void {
    if (Array.isArray(values)) for (const value of values) this.text(value);
  }

  plain(value: unknown): void {
    this.code(value, '');
  }

  code(value: unknown, system: string): void {
    if (typeof value === 'string' && value !== '') this.#token(system, value);
  }

  boolean(value: unknown): void {
    if (typeof value === 'boolean') this.#token('', value ? 'true' : 'false');
  }

  coding(value: unknown): void {
    if (isObject(value)) this.#token(value['system'], value['code']);
  }

  codeableConcept(value: unknown): void {
    if (!isObject(value)) return;
    const { coding } = value;
    if (Array.isArray(coding)) for (const one of coding) this.coding(one);
  }

  identifier(value: unknown): void {
    if (isObject(value)) this.#token(value['system'], value['value']);
  }

  contactPoint(value: unknown): void {
    if (isObject(value)) this.#token('', value['value']);
  }

  #token(system: unknown, value: unknown): void {
    const known = { system: textOf(system), value: textOf(value) };
    if (known.system === '' && known.value === '') return;
    this.#entries.push({ code: this.#code, ordinal: this.#ordinal, kind: 'token', ...known });
  }

  moment(value: unknown): void {
    this.#date(momentBounds(value));
  }

  period(value: unknown): void {
    this.#date(periodBounds(value));
  }

  timing(value: unknown): void {
    this.#date(timingBounds(value));
  }

  #date(bounds: DateRange | undefined): void {
    if (bounds === undefined) return;
    const { low, high } = bounds;
    this.#entries.push({
      code: this.#code,
      ordinal: this.#ordinal,
      kind: 'date',
      low,
      high,
      first: true,
      last: true,
    });
  }

  number(value: unknown): void {
    if (typeof value === 'number') this.#number({ low: value, high: value });
  }

  numberRange(value: unknown): void {
    if (isObject(value)) this.#number(rangeBounds(value));
  }

  #number(bounds: Bounds | undefined): void {
    if (bounds === undefined) return;
    const { low, high } = bounds;
    this.#entries.push({ code: this.#code, ordinal: this.#ordinal, kind: 'number', low, high });
  }

  quantity(value: unknown): void {
    if (isObject(value)) this.#quantity(quantityBounds(value), value);
  }

  money(value: unknown): void {
    if (!isObject(value)) return;
    const currency = textOf(value['currency']);
    this.#quantity(quantityBounds(value), {
      system: currency === '' ? '' : 'urn:iso:std:iso:4217',
      code: currency,
      unit: currency,
    });
  }

  range(value: unknown): void {
    if (!isObject(value)) return;
    const { low, high } = value;
    this.#quantity(rangeBounds(value), isObject(low) ? low : high);
  }

  sampledData(value: unknown): void {
    if (isObject(value)) this.#quantity(sampledBounds(value), value['origin']);
  }

  #quantity(bounds: Bounds | undefined, unit: unknown): void {
    if (bounds === undefined || !isObject(unit)) return;
    this.#entries.push({
      code: this.#code,
      ordinal: this.#ordinal,
      kind: 'quantity',
      low: bounds.low,
      high: bounds.high,
      system: textOf(unit['system']),
      value: textOf(unit['code']),
      unit: textOf(unit['unit']),
    });
  }

  reference(value: unknown): void {
    if (!isObject(value)) return;
    const { reference, identifier } = value;
    if (typeof reference === 'string' && reference !== '') {
      const { target, targetType } = referenceTarget(reference);
      this.#reference(target, targetType === '' ? textOf(value['type']) : targetType);
    } else if (identifier !== undefined || value['display'] !== undefined) {
      this.#reference('', textOf(value['type']));
    }
    if (identifier !== undefined) this.#referenceIdentifier(identifier);
  }

  #referenceIdentifier(identifier: unknown): void {
    const code = this.#code;
    this.#code = identifierCode(code);
    this.identifier(identifier);
    this.#code = code;
  }

  canonical(value: unknown): void {
    if (typeof value !== 'string' || value === '') return;
    const version = value.indexOf('|');
    const whole = version === -1 ? value : value.slice(0, version);
    const { target, targetType } = referenceTarget(withoutFragment(whole));
    if (target === '') return;
    this.#reference(target, targetType);
    const stated = version === -1 ? '' : withoutFragment(value.slice(version + 1));
    if (stated !== '') this.#reference(`${target}|${stated}`, targetType);
  }

  resource(value: unknown): void {
    if (!isObject(value)) return;
    const { target, targetType } = referenceTarget(`${textOf(value['resourceType'])}/${textOf(value['id'])}`);
    if (target !== '') this.#reference(target, targetType);
  }

  #reference(target: string, targetType: string): void {
    this.#entries.push({ code: this.#code, ordinal: this.#ordinal, kind: 'reference', target, targetType });
  }

  uri(value: unknown): void {
    if (typeof value !== 'string' || value === '') return;
    this.#entries.push({ code: this.#code, ordinal: this.#ordinal, kind: 'uri', value });
  }

  /** Found with its version and without (http://hl7.org/fhir/R4/references.html#canonical). */
  canonicalUri(value: unknown): void {
    this.uri(value);
    const version = typeof value === 'string' ? value.indexOf('|') : -1;
    if (version > 0) this.uri((value as string).slice(0, version));
  }

  other(): void {
    // The parameter's type gives such a value no meaning.
  }
}

/** From here on Unicode has the radicals, ideographs and kana of East Asia, but for rare planes. */
const firstIdeograph = 0x2e80;

const identifierCodes = new Map<string, string>();

/** `<code>:identifier`; kept, so that equal codes are one string. */
function identifierCode(code: string): string {
  let known = identifierCodes.get(code);
  if (known === undefined) {
    known = `${code}:identifier`;
    identifierCodes.set(code, known);
  }
  return known;
}

function withoutFragment(text: string): string {
  const fragment = text.indexOf('#');
  return fragment === -1 ? text : text.slice(0, fragment);
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

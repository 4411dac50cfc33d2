import { listOf, memberOf, textAt } from './loose-json.js';
import { isFilledIn } from './placeholders.js';

export interface Phone {
  readonly kind: 'mobile' | 'landline' | 'other';
  /** Digits: 11 of a mobile number, area code and number of a landline (0710 3512345 without gap), a local number alone. */
  readonly value: string;
  /** 13800000000 and the like: it never agrees. */
  readonly placeholder: boolean;
}

const most = 6;
/** The operators' hotlines and the examples on forms. */
const examples = new Set([
  '13800138000',
  '13800138001',
  '13912345678',
  '13812345678',
  '13512345678',
  '12345678910',
]);

/** Telephone numbers of a Patient's telecom (and of nobody else in the record), each once; e-mail and the rest is left. */
export function readPhones(patient: unknown): Phone[] {
  const seen = new Set<string>();
  const phones: Phone[] = [];
  for (const contact of listOf(memberOf(patient, 'telecom')).slice(0, most * 2)) {
    if (!/^(?:phone|sms|fax)?$/.test(textAt(contact, 'system'))) continue;
    for (const written of textAt(contact, 'value').split(/[;；、/,，]/)) {
      const phone = readPhone(written);
      if (!phone || seen.has(phone.value)) continue;
      seen.add(phone.value);
      phones.push(phone);
    }
  }
  return phones.slice(0, most);
}

/** One number; undefined where fewer than seven digits are left. */
export function readPhone(text: string): Phone | undefined {
  const written = text.normalize('NFKC').replace(/(?:转|分机|ext\.?|#|x)\s*\d*\s*$/iu, '');
  const dialled = written.replace(/\D+/g, '');
  const digits = dialled.replace(/^(?:00)?86(?=1\d{10}$|0?[2-9]\d{8,10}$|10\d{8}$)/, '');
  if (digits.length < 7) return undefined;
  const mobile = /^0?(1\d{10})$/.exec(digits)?.[1];
  if (mobile) return { kind: 'mobile', value: mobile, placeholder: isExample(mobile) };
  const abroad = digits === dialled && /^\s*\(?(?:\+|00)/.test(written);
  const placeholder = isFilledIn(digits.slice(-7)) || isFilledIn(digits);
  if (abroad) return { kind: 'other', value: digits.replace(/^00/, ''), placeholder };
  return { ...readLandline(digits), placeholder };
}

/** `100…` are the numbers that no operator gives out: test data, as good as any. */
const isExample = (mobile: string): boolean =>
  examples.has(mobile) ||
  isFilledIn(mobile) ||
  /^(\d)\1{6}$/.test(mobile.slice(-7)) ||
  /12345678$/.test(mobile);

/** The area codes of Beijing (10) and those of 2x have two digits, the others three; what follows the number is an extension. */
function readLandline(digits: string): Omit<Phone, 'placeholder'> {
  const [, area, number] = /^0?(10|2\d|[3-9]\d{2})(\d{7,8})\d{0,5}$/.exec(digits) ?? [];
  if (area && number && digits.length >= 10) return { kind: 'landline', value: `0${area}${number}` };
  return { kind: digits.length <= 8 ? 'landline' : 'other', value: digits };
}

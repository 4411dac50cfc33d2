import { splitHanName, type NameParts } from './family-names.js';
import { listOf, memberOf, textAt, textOf } from './loose-json.js';
import { foldSound, hanReadings, latinReadings } from './name-readings.js';
import { type NewbornName, readNewbornName } from './newborn-name.js';
import { foldLatin, han, normaliseText } from './normalise-text.js';
import { isPlaceholderText } from './placeholders.js';

export interface PersonName {
  readonly script: 'han' | 'latin';
  /** Family name first; a Chinese name without any separator, a Latin one in lower case, its parts one space apart. */
  readonly text: string;
  readonly family: string;
  readonly given: string;
  /** Parts at spaces and interpuncts: 买买提·吐尔逊 has two, 王芳 one. */
  readonly parts: readonly string[];
  /** The same whatever the order of its parts: the characters, or the Latin parts, sorted. */
  readonly unordered: string;
  /** Toneless pinyin of the whole name without spaces (see hanReadings), or the Latin name in each order of its parts. */
  readonly readings: readonly string[];
  readonly familyReadings: readonly string[];
  readonly givenReadings: readonly string[];
  /** The first reading with sounds folded that dialects do not tell apart. */
  readonly sound: string;
  /** A child under its parent's name: a temporary identity. The forms above are of the whole text. */
  readonly newborn?: NewbornName;
  /** 不详, 未知, test: it never agrees. */
  readonly placeholder: boolean;
}

/** The separators of minority names as keyboards write them, after compatibility forms are resolved. */
const interpunct = /\s*[·•・‧∙⋅●◦᛫˙．.。､、,，•\u2022\u2024]\s*/u;
const bracketed = /[（(【[〔].*?(?:[)）】\]〕]|$)/gu;
const most = 6;

/** The names of a Patient, those in use before old ones, each text once. */
export function readNames(patient: unknown): PersonName[] {
  const listed = listOf(memberOf(patient, 'name')).slice(0, most * 2);
  const current = listed.filter((name) => !isOld(name));
  const names = [...current, ...listed.filter(isOld)].map(readName).filter((name) => name !== undefined);
  const seen = new Set<string>();
  return names.filter(({ text }) => !seen.has(text) && seen.add(text)).slice(0, most);
}

const isOld = (name: unknown): boolean => /^(?:old|maiden)$/.test(textAt(name, 'use'));

/** Of one HumanName; undefined where it says nothing. */
export function readName(name: unknown): PersonName | undefined {
  const family = normaliseText(textAt(name, 'family'));
  const given = normaliseText(listOf(memberOf(name, 'given')).slice(0, most).map(textOf).join(' '));
  const whole = normaliseText(textAt(name, 'text'));
  if (!/[\p{L}\p{N}]/u.test(whole + family + given)) return undefined;
  return han.test(whole + family + given)
    ? readHanName({ whole, family, given })
    : readLatinName({ whole, family, given });
}

interface Written extends NameParts {
  readonly whole: string;
}

function readHanName(written: Written): PersonName {
  const whole = trimHan(written.whole || written.family + written.given);
  const newborn = readNewbornName(whole.replace(/\s+/g, ''));
  const parts = whole
    .split(interpunct)
    .flatMap(spacedParts)
    .filter((part) => part !== '');
  const text = parts.join('');
  const { family, given } = hanParts(text, parts, written);
  const readings = hanReadings(text, [...family].length);
  return {
    script: 'han',
    text,
    family,
    given,
    parts,
    unordered: [...text].sort().join(''),
    readings,
    familyReadings: hanReadings(family, [...family].length),
    givenReadings: hanReadings(given, 0),
    sound: foldSound(readings[0] ?? ''),
    ...(newborn ? { newborn } : {}),
    placeholder: isPlaceholderText(text),
  };
}

/** A gap between characters sets parts of a long name apart and adorns a short one: 张 三 is one part. */
function spacedParts(text: string): string[] {
  const parts = text.split(' ');
  return parts.join('').length > 4 ? parts : [parts.join('')];
}

/** Without what is added in brackets, a Latin transcription, and numbers at the end: 张三(孕妇), 李伟 Li Wei, 王芳2. */
function trimHan(text: string): string {
  const bare = text.replace(bracketed, ' ').trim() || text;
  const isNewborn = readNewbornName(bare.replace(/\s+/g, '')) !== undefined;
  return isNewborn
    ? bare
    : bare
        .replace(/[\p{Script=Latin}\d\-_]+/gu, ' ')
        .replace(/\s+/g, ' ')
        .trim() || bare;
}

/** As the record parts it where that makes the name, else by the rules: a minority name's last part is the family's. */
function hanParts(text: string, parts: readonly string[], written: Written): NameParts {
  const [family, given] = [written.family, written.given].map((part) => trimHan(part).replace(/\s+/g, ''));
  if (family && given && family + given === text) return { family, given };
  if (parts.length > 1) return { family: parts.at(-1) ?? '', given: parts.slice(0, -1).join('') };
  return splitHanName(text);
}

function readLatinName({ whole, family, given }: Written): PersonName | undefined {
  const known = latinTokens(family).length > 0 && latinTokens(given).length > 0;
  const parts = known
    ? [...latinTokens(family), ...latinTokens(given)]
    : latinTokens(whole || `${given} ${family}`);
  if (parts.length === 0) return undefined;
  const newborn = readNewbornName(foldLatin(whole || `${given} ${family}`.trim()));
  const [familyText, givenText] = known
    ? [latinTokens(family).join(' '), latinTokens(given).join(' ')]
    : commaParts(whole, parts);
  const readings = latinReadings(parts);
  return {
    script: 'latin',
    text: [familyText, givenText].filter((part) => part !== '').join(' '),
    family: familyText,
    given: givenText,
    parts,
    unordered: [...parts].sort().join(' '),
    readings,
    familyReadings: [familyText.replaceAll(' ', '')],
    givenReadings: [givenText.replaceAll(' ', '')],
    sound: foldSound(readings[0] ?? ''),
    ...(newborn ? { newborn } : {}),
    placeholder: isPlaceholderText(parts.join('')),
  };
}

const latinTokens = (text: string): string[] =>
  foldLatin(text)
    .replace(/['’`ʻʼ]/gu, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((token) => token !== '');

/** `LI, Wei`: the family name stands before the comma; without one, last. */
function commaParts(whole: string, parts: readonly string[]): [family: string, given: string] {
  const [before = '', after] = whole.split(/[,，]/);
  if (after !== undefined) return [latinTokens(before).join(' '), latinTokens(after).join(' ')];
  return parts.length === 1 ? ['', parts[0] ?? ''] : [parts.at(-1) ?? '', parts.slice(0, -1).join(' ')];
}

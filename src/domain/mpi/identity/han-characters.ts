import { createRequire } from 'node:module';

/** What is known of Chinese characters, one at a time; every answer is kept, since names use few characters. */
export interface HanCharacters {
  /** The simplified form, variants brought to their usual form; other characters as they are. */
  simplify(character: string): string;
  /** Pinyin without tones, the most usual reading first; empty for what is no Chinese character. `ü` is `v`. */
  readings(character: string): readonly string[];
  /** The same with the reading of a family name first: 单 is `shan` there. */
  familyReadings(character: string): readonly string[];
  /** The strokes in the order of writing, a letter a kind of stroke; empty for a character that is not known. */
  strokes(character: string): string;
}

interface Pinyin {
  pinyin(
    text: string,
    options: { toneType: 'none'; type: 'array'; v: true; multiple?: true; surname?: 'head' },
  ): string[];
}

interface OpenCc {
  Converter(options: { from: 't'; to: 'cn' }): (text: string) => string;
}

interface StrokeOrder {
  readonly dict: { readonly orders: Readonly<Record<string, string>> };
}

let shared: HanCharacters | undefined;

/** The tables (pinyin-pro, opencc-js, cnchar-order), loaded when first asked for: a command without names pays nothing. */
export function hanCharacters(): HanCharacters {
  shared ??= loadCharacters();
  return shared;
}

function loadCharacters(): HanCharacters {
  const require = createRequire(import.meta.url);
  const { pinyin } = require('pinyin-pro') as Pinyin;
  const convert = (require('opencc-js/t2cn') as OpenCc).Converter({ from: 't', to: 'cn' });
  const { orders } = (require('cnchar-order') as StrokeOrder).dict;
  const plain = { toneType: 'none', type: 'array', v: true } as const;
  const readings = remembered((character) => onlyLatin(pinyin(character, { ...plain, multiple: true })));
  return {
    simplify: remembered((character) => variants.get(character) ?? convert(character)),
    readings,
    familyReadings: remembered((character) => [
      ...new Set([...onlyLatin(pinyin(character, { ...plain, surname: 'head' })), ...readings(character)]),
    ]),
    strokes: (character) => (Object.hasOwn(orders, character) ? (orders[character] ?? '') : ''),
  };
}

const onlyLatin = (readings: readonly string[]): readonly string[] => {
  const written = readings.map((reading) => reading.toLowerCase().replaceAll('ü', 'v'));
  return [...new Set(written.filter((reading) => /^[a-z]+$/.test(reading)))];
};

function remembered<T>(find: (character: string) => T): (character: string) => T {
  const known = new Map<string, T>();
  return (character) => {
    const found = known.get(character);
    if (found !== undefined) return found;
    const made = find(character);
    known.set(character, made);
    return made;
  };
}

/** Forms that registration offices and old keyboards exchange, beyond traditional and simplified. */
const variants = new Map(
  [
    ...[
      '喆哲',
      '堃坤',
      '昇升',
      '珎珍',
      '㐂喜',
      '𠮷吉',
      '髙高',
      '﨑崎',
      '靑青',
      '眞真',
      '淸清',
      '凃涂',
      '甯宁',
    ],
    ...[
      '寗宁',
      '寳宝',
      '鐡铁',
      '槑梅',
      '龢和',
      '祕秘',
      '邨村',
      '濬浚',
      '煇辉',
      '勲勋',
      '囯国',
      '乄义',
      '頴颖',
    ],
  ].map((pair) => {
    const [from = '', to = ''] = pair;
    return [from, to] as const;
  }),
);

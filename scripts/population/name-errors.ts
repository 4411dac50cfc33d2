import type { Random } from '../region/random.js';
import { homophones, lookAlikes, traditional } from './name-tables.js';
import type { ResidentName } from './residents.js';

const sounds = exchanges(homophones);
const shapes = exchanges(lookAlikes);

/** What a character is exchanged for, from groups that are exchanged among themselves. */
function exchanges(groups: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const table = new Map<string, string[]>();
  for (const group of groups) {
    const members = [...group];
    for (const member of members) {
      const others = members.filter((other) => other !== member);
      table.set(member, [...(table.get(member) ?? []), ...others]);
    }
  }
  return table;
}

type Exchange = (name: ResidentName, random: Random) => ResidentName | undefined;

/** One character of a Chinese name by another of its sound; undefined where no table has one. */
export const typedByEar: Exchange = (name, random) => exchangeOne(name, sounds, random);

/** One character by another that looks like it. */
export const typedByEye: Exchange = (name, random) => exchangeOne(name, shapes, random);

/** Mostly in the given name, since a clerk knows the family names. */
function exchangeOne(
  name: ResidentName,
  table: ReadonlyMap<string, readonly string[]>,
  random: Random,
): ResidentName | undefined {
  if (name.script !== 'han') return undefined;
  const inFamily = replaceOne(name.family, table, random);
  const inGiven = replaceOne(name.given, table, random);
  if (inGiven !== undefined && (inFamily === undefined || random.chance(0.85)))
    return { ...name, given: inGiven };
  return inFamily === undefined ? undefined : { ...name, family: inFamily };
}

function replaceOne(
  text: string,
  table: ReadonlyMap<string, readonly string[]>,
  random: Random,
): string | undefined {
  const characters = [...text];
  const places = characters.flatMap((character, place) => (table.has(character) ? [place] : []));
  if (places.length === 0) return undefined;
  const place = random.pick(places);
  return characters.with(place, random.pick(table.get(characters[place] ?? '') ?? [])).join('');
}

/** Every character in its traditional form; undefined where there is none. */
export function traditionalName(name: ResidentName): ResidentName | undefined {
  const write = (text: string): string =>
    [...text].map((character) => traditional.get(character) ?? character).join('');
  const written = { ...name, family: write(name.family), given: write(name.given) };
  const changed = written.family !== name.family || written.given !== name.given;
  return name.script === 'han' && changed ? written : undefined;
}

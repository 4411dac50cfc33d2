import { decode } from './utf8.js';

/** From this many members on an object's names are kept in a set: comparing pairs would be quadratic. */
const SET_FROM = 32;

/**
 * The names of the objects that are open during a scan, to find a name that stands twice in one object. Made once and
 * begun anew for each text: the tables cost more than the scan of a small body.
 */
export interface MemberNames {
  begin(bytes: Uint8Array): void;
  openObject(depth: number): void;
  closeObject(depth: number): void;
  /** Adds the name whose plain (unescaped) bytes are [start, end) to the object at `depth`; true when it is there already. */
  add(depth: number, start: number, end: number): boolean;
  /** The same for a name that had to be unescaped. */
  addText(depth: number, name: string): boolean;
}

export function createMemberNames(maxDepth: number): MemberNames {
  let bytes: Uint8Array = new Uint8Array(0);
  /** Length, first and last byte: these tell most names of one object apart. */
  const marks = new Int32Array((maxDepth + 2) * SET_FROM);
  const starts = new Int32Array(marks.length);
  /** Number of names of the object at each depth; those at depth d stand from d * SET_FROM on. */
  const counts = new Int32Array(maxDepth + 2);
  const sets = new Array<Set<string> | undefined>(maxDepth + 2).fill(undefined);

  const same = (a: number, b: number, length: number): boolean => {
    for (let k = 0; k < length; k++) if (bytes[a + k] !== bytes[b + k]) return false;
    return true;
  };
  const setOf = (depth: number): Set<string> => {
    let set = sets[depth];
    if (set === undefined) {
      set = new Set();
      const base = depth * SET_FROM;
      for (let k = base; k < base + (counts[depth] as number); k++) {
        set.add(decode(bytes, starts[k] as number, (starts[k] as number) + ((marks[k] as number) >>> 16)));
      }
      sets[depth] = set;
    }
    return set;
  };
  const addText = (depth: number, name: string): boolean => {
    const set = setOf(depth);
    return set.size === set.add(name).size;
  };

  return {
    begin(given) {
      bytes = given;
      sets.fill(undefined);
    },
    openObject(depth) {
      counts[depth] = 0;
    },
    closeObject(depth) {
      if (sets[depth] !== undefined) sets[depth] = undefined;
    },
    add(depth, start, end) {
      const length = end - start;
      const count = counts[depth] as number;
      if (sets[depth] !== undefined || count === SET_FROM || length > 0xffff) {
        return addText(depth, decode(bytes, start, end));
      }
      const mark = (length << 16) | ((bytes[start] as number) << 8) | (bytes[end - 1] as number);
      const base = depth * SET_FROM;
      for (let k = base; k < base + count; k++) {
        if (marks[k] === mark && same(starts[k] as number, start, length)) return true;
      }
      marks[base + count] = mark;
      starts[base + count] = start;
      counts[depth] = count + 1;
      return false;
    },
    addText,
  };
}

/** A seeded source of chance: the same seed gives the same draws on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Draws by weight. */
  weighted<T>(rows: readonly (readonly [value: T, weight: number])[]): T;
  /** An independent source for one part, so that a change in one part leaves the others as they are. */
  fork(label: string): Random;
  /** A UUID of version 4 in form, drawn here. */
  uuid(): string;
}

export function createRandom(seed: string): Random {
  const next = createSource(seed);
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(list: readonly T[]): T => {
    const value = list[between(0, list.length - 1)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  };
  return {
    next,
    between,
    pick,
    chance: (probability) => next() < probability,
    weighted: (rows) => drawWeighted(rows, next()),
    fork: (label) => createRandom(`${seed}/${label}`),
    uuid: () => {
      const hex = Array.from({ length: 32 }, () => between(0, 15).toString(16));
      hex[12] = '4';
      hex[16] = pick(['8', '9', 'a', 'b']);
      return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    },
  };
}

function drawWeighted<T>(rows: readonly (readonly [value: T, weight: number])[], draw: number): T {
  const total = rows.reduce((sum, [, weight]) => sum + weight, 0);
  let rest = draw * total;
  for (const [value, weight] of rows) {
    rest -= weight;
    if (rest < 0) return value;
  }
  const last = rows.at(-1);
  if (!last) throw new Error('nothing to draw from');
  return last[0];
}

/** sfc32, seeded by FNV-1a over the label: small, fast, good enough for test data. */
function createSource(seed: string): () => number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < seed.length; place += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(place), 0x01000193);
  }
  let a = hash | 0;
  let b = ~hash | 0;
  let c = Math.imul(hash, 0x9e3779b1) | 0;
  let counter = 1;
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let round = 0; round < 12; round += 1) draw();
  return draw;
}

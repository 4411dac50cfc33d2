import type { DateEntry, IndexEntry } from './index-entry.js';

/** Above so many entries equal ones are found by a set instead of by comparing each with each. */
const fewEntries = 12;

/**
 * Finishes the entries that one parameter gave, those from `start` on: removes equal ones, and where they are dates
 * marks the one that begins first and the one that ends last of each code.
 */
export function finishEntries(entries: IndexEntry[], start: number): void {
  const count = entries.length - start;
  if (count < 2) return;
  if (count <= fewEntries) removeEqualFew(entries, start);
  else removeEqualMany(entries, start);
  markDates(entries, start);
}

function removeEqualFew(entries: IndexEntry[], start: number): void {
  let kept = start + 1;
  for (let at = kept; at < entries.length; at += 1) {
    const entry = entries[at];
    if (entry === undefined || hasEqual(entries, entry, { start, end: kept })) continue;
    entries[kept] = entry;
    kept += 1;
  }
  entries.length = kept;
}

function hasEqual(
  entries: readonly IndexEntry[],
  entry: IndexEntry,
  { start, end }: { readonly start: number; readonly end: number },
): boolean {
  for (let at = start; at < end; at += 1) {
    const other = entries[at];
    if (other !== undefined && isEqual(entry, other)) return true;
  }
  return false;
}

function isEqual(a: IndexEntry, b: IndexEntry): boolean {
  if (a.code !== b.code || a.ordinal !== b.ordinal) return false;
  switch (a.kind) {
    case 'string':
      return b.kind === 'string' && a.exact === b.exact;
    case 'token':
      return b.kind === 'token' && a.value === b.value && a.system === b.system;
    case 'date':
    case 'number':
      return b.kind === a.kind && a.low === b.low && a.high === b.high;
    case 'quantity':
      return b.kind === 'quantity' && a.low === b.low && a.high === b.high && sameUnit(a, b);
    case 'reference':
      return b.kind === 'reference' && a.target === b.target && a.targetType === b.targetType;
    case 'uri':
      return b.kind === 'uri' && a.value === b.value;
  }
}

interface Unit {
  readonly system: string;
  readonly value: string;
  readonly unit: string;
}

const sameUnit = (a: Unit, b: Unit): boolean =>
  a.system === b.system && a.value === b.value && a.unit === b.unit;

function removeEqualMany(entries: IndexEntry[], start: number): void {
  const seen = new Set<string>();
  let kept = start;
  for (let at = start; at < entries.length; at += 1) {
    const entry = entries[at];
    if (entry === undefined) continue;
    const key = keyOf(entry);
    if (seen.has(key)) continue;
    seen.add(key);
    entries[kept] = entry;
    kept += 1;
  }
  entries.length = kept;
}

/** Equal for equal entries only: a NUL, which no body may hold, separates the fields. */
function keyOf(entry: IndexEntry): string {
  const head = `${entry.code}\0${String(entry.ordinal)}\0`;
  switch (entry.kind) {
    case 'string':
      return head + entry.exact;
    case 'token':
      return `${head}${entry.system}\0${entry.value}`;
    case 'date':
    case 'number':
      return `${head}${String(entry.low)}\0${String(entry.high)}`;
    case 'quantity':
      return `${head}${String(entry.low)}\0${String(entry.high)}\0${entry.system}\0${entry.value}\0${entry.unit}`;
    case 'reference':
      return `${head}${entry.target}\0${entry.targetType}`;
    case 'uri':
      return head + entry.value;
  }
}

function markDates(entries: IndexEntry[], start: number): void {
  if (!entries.some((entry, at) => at >= start && entry.kind === 'date')) return;
  const first = new Map<string, number>();
  const last = new Map<string, number>();
  for (let at = start; at < entries.length; at += 1) {
    const entry = entries[at];
    if (entry?.kind !== 'date') continue;
    if (entry.low < lowAt(entries, first.get(entry.code))) first.set(entry.code, at);
    if (entry.high > highAt(entries, last.get(entry.code))) last.set(entry.code, at);
  }
  for (let at = start; at < entries.length; at += 1) {
    const entry = entries[at];
    if (entry?.kind !== 'date') continue;
    entries[at] = { ...entry, first: first.get(entry.code) === at, last: last.get(entry.code) === at };
  }
}

const dateAt = (entries: readonly IndexEntry[], at: number | undefined): DateEntry | undefined => {
  const entry = at === undefined ? undefined : entries[at];
  return entry?.kind === 'date' ? entry : undefined;
};

const lowAt = (entries: readonly IndexEntry[], at: number | undefined): number =>
  dateAt(entries, at)?.low ?? Infinity;
const highAt = (entries: readonly IndexEntry[], at: number | undefined): number =>
  dateAt(entries, at)?.high ?? -Infinity;

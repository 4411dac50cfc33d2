import type { ErrorCategory } from '../../fhir/fhir-error.js';
import type { Issue } from '../../fhir/issue.js';
import type {
  Change,
  ChangeOutcome,
  CommitFailure,
  CommitUnit,
  DeleteChange,
  Guard,
  OnceRecord,
  Origin,
  PutChange,
  ReplicaChange,
  Routing,
} from '../../ports/store.js';

/*
 * What crosses between the calling thread and the writer. A unit of thousands of versions crosses as one flat array of
 * primitives and one transferred block of bytes: an object a row would cost the calling thread three times as much.
 */

export type VersionChange = PutChange | DeleteChange | ReplicaChange;
export type OtherChange = Exclude<Change, VersionChange>;

/** A unit as it crosses; made by encodeUnit. */
export interface WireUnit {
  /** The caller's clock; arrival is never before the last one. */
  readonly nowMs: number;
  /** Number of changes. */
  readonly count: number;
  /** `fieldCount` values a version change, in the order of the changes. */
  readonly fields: readonly (string | number)[];
  /** Encoded index entries, one after the other. */
  readonly entries: Uint8Array;
  readonly origins: readonly Origin[];
  readonly routings: readonly Routing[];
  /** The other changes with their places among all. */
  readonly others: readonly { readonly at: number; readonly change: OtherChange }[];
  readonly guards: readonly Guard[];
  readonly once?: OnceRecord;
  readonly ownReturn?: true;
}

/** One version change as the writer sees it. */
export interface VersionRowOf<Kind extends VersionChange['kind']> {
  readonly kind: Kind;
  readonly type: string;
  readonly id: string;
  /** Expected current version; -1: none was ever held. Nothing for a replica. */
  readonly expect: number;
  readonly versionId: number;
  readonly lastUpdated: string;
  readonly deleted: boolean;
  readonly hash: string;
  readonly body: string;
  readonly origin: Origin;
  readonly routing: Routing;
  readonly entries: Uint8Array;
}

export const neverHeld = -1;
const fieldCount = 11;
const kinds = ['put', 'delete', 'replica'] as const;
const noEntries = new Uint8Array(0);

const isVersionChange = (change: Change): change is VersionChange =>
  change.kind === 'put' || change.kind === 'delete' || change.kind === 'replica';

export function encodeUnit(unit: CommitUnit, nowMs: number): WireUnit {
  const fields: (string | number)[] = [];
  const others: { at: number; change: OtherChange }[] = [];
  const origins = interning<Origin>(({ owner, source, receivedFrom, lane }) =>
    JSON.stringify([owner, source, receivedFrom, lane]),
  );
  const routings = interning<Routing>(({ profiles, labels }) =>
    profiles.length + labels.length === 0 ? '' : JSON.stringify([profiles, labels]),
  );
  const entries = new Uint8Array(unit.changes.reduce((sum, change) => sum + entriesOf(change).length, 0));
  let filled = 0;
  for (const [at, change] of unit.changes.entries()) {
    if (!isVersionChange(change)) {
      others.push({ at, change });
      continue;
    }
    const own = entriesOf(change);
    entries.set(own, filled);
    filled += own.length;
    pushFields(fields, change, {
      origin: origins.number(change.origin),
      routing: routings.number(change.routing),
    });
  }
  const wire = { nowMs, count: unit.changes.length, fields, entries, others, guards: unit.guards };
  const interned = { origins: origins.values, routings: routings.values };
  const { once, ownReturn } = unit;
  return { ...wire, ...interned, ...(once ? { once } : {}), ...(ownReturn ? { ownReturn } : {}) };
}

const entriesOf = (change: Change): Uint8Array =>
  change.kind === 'put' || change.kind === 'replica' ? change.index : noEntries;

function pushFields(
  fields: (string | number)[],
  change: VersionChange,
  { origin, routing }: { readonly origin: number; readonly routing: number },
): void {
  const { kind, key, versionId, lastUpdated, hash } = change;
  const expect = kind === 'replica' || change.expect === 'never' ? neverHeld : change.expect;
  const deleted = change.kind === 'delete' || (change.kind === 'replica' && change.deleted);
  const body = change.kind === 'delete' ? '' : change.body;
  fields.push(kinds.indexOf(kind), key.type, key.id, expect, versionId, lastUpdated, deleted ? 1 : 0, hash);
  fields.push(body, origin * 65_536 + routing, entriesOf(change).length);
}

function interning<Value extends object>(nameOf: (value: Value) => string) {
  const values: Value[] = [];
  const byName = new Map<string, number>();
  let last: Value | undefined;
  let lastNumber = 0;
  return {
    values,
    number(value: Value): number {
      if (value === last) return lastNumber;
      const name = nameOf(value);
      let number = byName.get(name);
      if (number === undefined) {
        number = values.push(value) - 1;
        byName.set(name, number);
      }
      last = value;
      lastNumber = number;
      return number;
    },
  };
}

export type VersionRow = VersionRowOf<VersionChange['kind']>;
export type OwnRow = VersionRowOf<'put'> | VersionRowOf<'delete'>;
export type ReplicaRow = VersionRowOf<'replica'>;
export type WriterChange = OwnRow | ReplicaRow | OtherChange;

/** The changes of a unit in their order. */
export function decodeChanges(unit: WireUnit): WriterChange[] {
  const changes: WriterChange[] = [];
  const others = unit.others[Symbol.iterator]();
  let other = others.next();
  let place = 0;
  let filled = 0;
  while (changes.length < unit.count) {
    if (other.done !== true && other.value.at === changes.length) {
      changes.push(other.value.change);
      other = others.next();
      continue;
    }
    const row = decodeRow(unit, place, filled);
    changes.push(row);
    filled += row.entries.length;
    place += fieldCount;
  }
  return changes;
}

function decodeRow(
  { fields, entries, origins, routings }: WireUnit,
  place: number,
  filled: number,
): VersionRow {
  const pair = fields[place + 9] as number;
  const origin = origins[Math.floor(pair / 65_536)];
  const routing = routings[pair % 65_536];
  const kind = kinds[fields[place] as number];
  if (!origin || !routing || !kind) throw new Error('a unit crossed incompletely');
  return {
    kind,
    type: fields[place + 1] as string,
    id: fields[place + 2] as string,
    expect: fields[place + 3] as number,
    versionId: fields[place + 4] as number,
    lastUpdated: fields[place + 5] as string,
    deleted: fields[place + 6] === 1,
    hash: fields[place + 7] as string,
    body: fields[place + 8] as string,
    origin,
    routing,
    entries: entries.subarray(filled, filled + (fields[place + 10] as number)),
  };
}

/** Outcomes cross as one byte a change. */
export const outcomeNames: readonly ChangeOutcome[] = ['stored', 'held', 'fork', 'foreign-owner', 'done'];

export type UnitResult =
  | { readonly ok: true; readonly outcomes: Uint8Array; readonly lastSequence: number }
  | { readonly ok: false; readonly failed: CommitFailure }
  | { readonly ok: 'error'; readonly error: WireError };

/** A FhirError as it crosses. */
export interface WireError {
  readonly category: ErrorCategory;
  readonly issues: readonly Issue[];
  /** For the log: the cause, without any value of a record. */
  readonly cause: string;
}

export interface WriterSettings {
  readonly directory: string;
  readonly nodeId: string;
  readonly busyTimeoutMs?: number;
}

export type ToWriter =
  { readonly kind: 'commit'; readonly number: number; readonly unit: WireUnit } | { readonly kind: 'close' };

export type FromWriter =
  | { readonly kind: 'opened'; readonly lastSequence: number; readonly copied: boolean }
  | { readonly kind: 'refused'; readonly error: WireError }
  /** Of a whole group: number and result of each unit. */
  | { readonly kind: 'committed'; readonly results: readonly (readonly [number, UnitResult])[] }
  | { readonly kind: 'closed' };

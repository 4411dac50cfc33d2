import { toReference, versionName } from '../../fhir/key.js';
import type { DeleteChange, PutChange, ReplicaChange } from '../../ports/store.js';
import { push, set, type Draft, type Held } from './draft.js';
import { putException, resolveForks } from './exceptions.js';
import { indexedFields } from './index-keys.js';
import { isDelete, toVersionDoc } from './versions.js';

/** The owner has written above all that was kept apart. */
export function endForks(draft: Draft, { key, versionId }: PutChange | DeleteChange | ReplicaChange): void {
  const name = toReference(key);
  const forks = (draft.forks.get(name) ?? []).map((fork) => ({ ...fork, resolved: true }));
  set(draft, draft.forks, [name, forks]);
  set(draft, draft.writes.forks, [name, forks]);
  push(draft, draft.writes.exceptions, resolveForks(name, versionId));
}

/** Appends to the log; a version above the current one becomes the current one, with what it is found by. */
export function appendVersion(
  draft: Draft,
  change: PutChange | DeleteChange | ReplicaChange,
  { held, apart }: { readonly held: Held | undefined; readonly apart: number | undefined },
): void {
  const { meta, writes } = draft;
  meta.lastSequence += 1;
  meta.lastHash = change.hash;
  const doc = toVersionDoc(change, { sequence: meta.lastSequence, arrived: meta.lastArrival });
  const current = change.versionId > (held?.n ?? 0);
  const kept = apart === undefined ? {} : { apart };
  push(draft, writes.versions, current ? { ...doc, ...kept } : doc);
  set(draft, draft.hashes, [versionName(change), change.hash]);
  if (!current) return;
  if (!held) meta.lastRid += 1;
  const rid = held?.rid ?? meta.lastRid;
  const deleted = isDelete(change);
  const next: Held = { rid, seq: doc._id, n: doc.n, deleted, owner: doc.owner, ...kept };
  set(draft, draft.resources, [doc.key, next]);
  const { key, type, id, updated } = doc;
  const { k, r, c, dates } =
    change.kind === 'delete' || deleted ? nothing : indexedFields(type, change.index);
  set(draft, writes.resources, [
    key,
    {
      _id: rid,
      key,
      type,
      id,
      seq: next.seq,
      n: next.n,
      updated,
      deleted,
      owner: next.owner,
      ...kept,
      k,
      r,
      c,
    },
  ]);
  set(draft, writes.dates, [key, dates.map((date) => ({ ...date, _id: `${String(rid)}:${date.p}`, rid }))]);
}

const nothing: ReturnType<typeof indexedFields> = { k: [], r: [], c: [], dates: [] };

export function noteException(draft: Draft, exception: Parameters<typeof putException>[0]): void {
  const { meta, writes } = draft;
  meta.lastException += 1;
  push(
    draft,
    writes.exceptions,
    putException(exception, { at: meta.lastArrival, order: meta.lastException }),
  );
}

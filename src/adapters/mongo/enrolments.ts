import type { mongo } from 'mongoose';

import { fhirError } from '../../fhir/fhir-error.js';
import { toReference, type ResourceKey } from '../../fhir/key.js';
import type {
  Block,
  BlockRequest,
  Change,
  Enrolled,
  EnrolmentCount,
  UnmatchablePage,
} from '../../ports/store.js';
import type { EnrolmentCountDoc, EnrolmentDoc, EnrolmentGroup } from './documents.js';
import { heldOf, set, type Draft } from './draft.js';
import { shortHash } from './index-keys.js';
import type { Collections } from './schema.js';

const patient = 'Patient';

/** A request a key, all at the same time. */
export function readBlocks(
  { enrolments }: Collections,
  { keys, limit, ofCut = 0 }: BlockRequest,
): Promise<readonly Block[]> {
  const half = Math.min(ofCut, limit) >> 1;
  return Promise.all(
    keys.map(async (key): Promise<Block> => {
      const idsOf = async (order: 1 | -1, most: number): Promise<string[]> => {
        const found = enrolments.find({ k: shortHash(key) }, { projection: { id: 1 } });
        return (await found.sort({ _id: order }).limit(most).toArray()).map(({ id }) => id);
      };
      const members = await idsOf(1, limit + 1);
      if (members.length <= limit) return { members, cut: false };
      const lasts = half > 0 ? (await idsOf(-1, half)).reverse() : [];
      return { members: [...members.slice(0, half), ...lasts], cut: true };
    }),
  );
}

export async function readEnrolled(
  { enrolments }: Collections,
  ids: readonly string[],
): Promise<(Enrolled | undefined)[]> {
  const docs = await enrolments.find({ id: { $in: ids } }, { projection: { k: 0 } }).toArray();
  const byId = new Map(docs.map((doc) => [doc.id, doc]));
  return ids.map((id) => {
    const doc = byId.get(id);
    if (!doc) return undefined;
    const { n: versionId, source, division, verified, matchable, facts } = doc;
    return { versionId, source, division, verified, matchable, facts };
  });
}

export async function countEnrolled({ enrolmentCounts }: Collections): Promise<EnrolmentCount[]> {
  const docs = await enrolmentCounts.find().sort({ _id: 1 }).toArray();
  return docs.filter(({ n }) => n > 0).map(({ _id, ...count }) => count);
}

/** Throws FhirError `malformed` where the page begins after a Patient that was never held. */
export async function listUnmatchable(
  { enrolments, resources }: Collections,
  { after, limit }: UnmatchablePage,
): Promise<string[]> {
  const key = after === undefined ? undefined : toReference({ type: patient, id: after });
  const place = key === undefined ? { _id: 0 } : await resources.findOne({ key }, { projection: { _id: 1 } });
  if (!place) throw fhirError('malformed', 'invalid', 'The place in the list of Patients can’t be read');
  const docs = await enrolments
    .find({ matchable: false, _id: { $gt: place._id } }, { projection: { id: 1 } })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
  return docs.map(({ id }) => id);
}

/** What stands, inside the transaction, of those of the keys that are held. */
export async function readStanding(
  { enrolments }: Collections,
  draft: Draft,
  { session, keys }: { readonly session: mongo.ClientSession; readonly keys: readonly string[] },
): Promise<void> {
  const rids = keys.flatMap((key) => draft.resources.get(key)?.rid ?? []);
  if (rids.length === 0) return;
  for await (const doc of enrolments.find({ _id: { $in: rids } }, { session, projection: { facts: 0 } })) {
    draft.enrolments.set(doc._id, groupOf(doc));
  }
}

export function enrol(draft: Draft, { key, enrolment }: Extract<Change, { kind: 'enrol' }>): void {
  const held = key.type === patient ? heldOf(draft, key) : undefined;
  if (!held) throw new Error('only a Patient that is held can be enrolled');
  const { versionId, source, division, verified, matchable, facts, blockingKeys } = enrolment;
  const k = [...new Set(blockingKeys.map(shortHash))];
  const doc = { _id: held.rid, id: key.id, n: versionId, source, division, verified, matchable, facts, k };
  set(draft, draft.writes.enrolments, [held.rid, doc]);
}

export function withdraw(draft: Draft, key: ResourceKey): void {
  const held = heldOf(draft, key);
  if (held) set(draft, draft.writes.enrolments, [held.rid, undefined]);
}

export async function writeEnrolments(
  { enrolments, enrolmentCounts }: Collections,
  { writes, enrolments: standing }: Draft,
  session: mongo.ClientSession,
): Promise<void> {
  if (writes.enrolments.size === 0) return;
  const sums = new Map<string, EnrolmentCountDoc>();
  for (const [rid, doc] of writes.enrolments) {
    addTo(sums, standing.get(rid), -1);
    addTo(sums, doc && groupOf(doc), 1);
  }
  await enrolments.bulkWrite(
    [...writes.enrolments].map(([_id, doc]) =>
      doc
        ? { replaceOne: { filter: { _id }, replacement: doc, upsert: true } }
        : { deleteOne: { filter: { _id } } },
    ),
    { session, ordered: true },
  );
  const counts = [...sums.values()].filter(({ n }) => n !== 0);
  if (counts.length === 0) return;
  await enrolmentCounts.bulkWrite(
    counts.map(({ _id, n, ...group }) => ({
      updateOne: { filter: { _id }, update: { $inc: { n }, $setOnInsert: group }, upsert: true },
    })),
    { session, ordered: true },
  );
}

const groupOf = ({ division, source, verified, matchable }: EnrolmentDoc): EnrolmentGroup => ({
  division,
  source,
  verified,
  matchable,
});

function addTo(sums: Map<string, EnrolmentCountDoc>, group: EnrolmentGroup | undefined, n: number): void {
  if (!group) return;
  const { division, source, verified, matchable } = group;
  const _id = [division, source, Number(verified), Number(matchable)].join('\n');
  sums.set(_id, { _id, ...group, n: (sums.get(_id)?.n ?? 0) + n });
}

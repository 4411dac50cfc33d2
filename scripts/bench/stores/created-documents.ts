import { randomUUID } from 'node:crypto';

import { openModels, type Doc, type Documents } from './mongoose-models.js';

const creates = 200;

/** What each of the last creates of Observations has written or changed, out of the store itself. */
export async function documentsOfCreates(url: string): Promise<Documents[]> {
  const models = await openModels(url);
  const versions = await models.versions
    .find({ type: 'Observation' })
    .sort({ _id: -1 })
    .limit(creates)
    .lean();
  const meta = await models.meta.find().lean();
  const written: Documents[] = [];
  for (const version of versions) {
    const { key, id, type, source, from: peer } = version;
    const resources = await models.resources.find({ key }).lean();
    written.push({
      // Which transactions were the last is of no concern to a bare one.
      meta: meta.map((doc) => ({ ...doc, lastCommits: [] })),
      versions: [version],
      resources,
      dates: await models.dates.find({ rid: resources[0]?._id }).lean(),
      once: await models.once.find({ 'outcomes.key.id': id }).lean(),
      counts: await models.counts.find({ series: 'accepted', type, source, peer }).limit(1).lean(),
      audit: await models.audit.find({ target: key }).lean(),
    });
  }
  await models.meta.db.close();
  return written;
}

/** The same documents as those of a create that was not there before: of another resource, with other ids. */
export function renumbered(documents: Documents, number: number): Documents {
  const id = randomUUID();
  const key = `Observation/${id}`;
  const fresh = { id, key, target: key, seq: number, rid: number };
  const renumber = (doc: Doc): Doc => {
    const changed = Object.entries(fresh).filter(([field]) => field in doc);
    const _id = typeof doc['_id'] === 'number' ? number : `${String(doc['_id'])} ${String(number)}`;
    return { ...doc, ...Object.fromEntries(changed), _id };
  };
  return Object.fromEntries(Object.entries(documents).map(([name, docs]) => [name, docs.map(renumber)]));
}

import { createIds } from '../../src/adapters/system/ids.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import { builtInModel, createRegistrar, followedTypes } from '../../src/domain/mpi/index.js';
import { readDecision, standingPairs } from '../../src/domain/mpi/registry/records/decision.js';
import type { Change, Store } from '../../src/ports/store.js';
import { createAdmission } from '../../src/threads/admission.js';
import { createIngest } from '../../src/threads/ingest-pool.js';
import type { Json } from './fhir-request.js';
import { allAt, membersOf, mergedInto } from './random-identities.js';
import type { TestNode } from './start-node.js';

/** Patients that say something and are in no Person or in several, others that are in several, and ghosts. */
export async function misplacedAt(node: TestNode): Promise<string[]> {
  const counts = new Map<string, number>();
  for (const id of (await allAt(node, 'Person?')).flatMap(membersOf)) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const ids = (await allAt(node, 'Patient?')).map(({ id }) => id as string);
  const rows = await node.store.enrolled(ids);
  const wrong = ids.filter((id, place) => {
    const count = counts.get(id) ?? 0;
    return rows[place]?.matchable === true ? count !== 1 : count > 1;
  });
  return [...wrong, ...[...counts.keys()].filter((id) => !ids.includes(id))];
}

/** Merged-away Persons that lead nowhere, or in a circle. */
export async function lostAt(node: TestNode): Promise<string[]> {
  const persons = new Map((await allAt(node, 'Person?')).map((person) => [person['id'] as string, person]));
  const endOf = (start: string): Json | undefined => {
    let person = persons.get(start);
    for (let hop = 0; hop <= persons.size && person; hop++) {
      const next = mergedInto(person);
      if (next === undefined) return person;
      person = persons.get(next);
    }
    return undefined;
  };
  return [...persons.keys()].filter((id) => endOf(id) === undefined);
}

/** Pairs that the latest decision on them keeps apart, and that are in one Person. */
export async function notKeptApartAt(node: TestNode): Promise<string[]> {
  const personOf = new Map(
    (await allAt(node, 'Person?')).flatMap((person) =>
      membersOf(person).map((member) => [member, person['id']] as const),
    ),
  );
  const linkages = await allAt(node, 'Linkage?');
  const versions = await node.store.read(linkages.map(({ id }) => ({ type: 'Linkage', id: id as string })));
  const decisions = versions.flatMap((version) => (version && readDecision(version)) ?? []);
  return [...standingPairs(decisions)]
    .filter(([, { decision, first, second }]) => {
      const together = personOf.has(first) && personOf.get(first) === personOf.get(second);
      return decision.kind === 'non-link' && together;
    })
    .map(([pair]) => pair);
}

/** What a registrar that begins anew would write, by type and id. */
export async function changedByFollowingAgain(store: Store, again = false): Promise<string[]> {
  const clock = { now: () => Date.now() };
  const written: string[] = [];
  const note = (change: Change): void => {
    if (change.kind === 'put') written.push(`${change.key.type}/${change.key.id}`);
  };
  const ingest = createIngest({
    inlineLimitBytes: 65_536,
    admission: createAdmission(268_435_456),
    base: 'http://county-a.test/fhir',
    logger: createLogger({ level: 'silent', node: 'county-a' }),
  });
  const registrar = createRegistrar({
    store: {
      ...store,
      async commit({ changes }) {
        changes.forEach(note);
        const { lastSequence } = await store.status();
        return { ok: true, outcomes: changes.map(() => 'done' as const), lastSequence };
      },
    },
    ingest,
    clock,
    ids: createIds(clock),
    nodeId: 'county-a',
    isDomain: true,
    model: () => Promise.resolve(builtInModel),
  });
  for (let after = 0; ;) {
    const page = await store.readLog({ lane: 'workflow', after, limit: 200, maxBytes: 4_000_000 });
    if (page.entries.length === 0) break;
    await registrar.follow(
      page.entries.filter(({ key }) => followedTypes.has(key.type)),
      { again },
    );
    await registrar.commit({ kind: 'move-cursor', name: 'again', from: undefined, to: page.upTo });
    after = page.upTo.sequence;
  }
  await ingest.close();
  return written;
}

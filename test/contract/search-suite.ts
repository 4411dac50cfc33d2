import { expect } from 'chai';

import type { PutChange, Store } from '../../src/ports/store.js';
import { expectedIds, randomCase, randomResource, randomType } from '../support/random-expressions.js';
import { randomSource } from '../support/random-source.js';
import { FhirError } from '../../src/fhir/fhir-error.js';
import type { SearchExpression, SearchQuery, SortKey } from '../../src/fhir/search/search-expression.js';
import type { OpenedStore } from './contract-suite.js';
import { allPages, commit, everything, hasToken, idsOf, put, query, remove, token } from './store-units.js';

/** Searches against the in-memory matcher, and what the matcher can't know: pages, cursors, totals. */
export function searchSuite(opened: OpenedStore): void {
  describe('search', () => {
    for (const seed of [1, 2, 3, 4]) {
      it(`agrees with the matcher on random expressions of seed ${String(seed)}`, async () => {
        const { resources, queries } = randomCase(seed, { resources: 120, queries: 80 });
        const store = await opened.open();
        await commit(store, ...resources.map((resource) => toPut(resource)));
        for (const one of queries) await compare(store, resources, one);
      }).timeout(60_000);
    }

    it('agrees with the matcher after updates and deletes', async () => {
      const seed = 11;
      const { resources, queries } = randomCase(seed, { resources: 100, queries: 80 });
      const store = await opened.open();
      await commit(store, ...resources.map((resource) => toPut(resource)));
      const random = randomSource(seed + 1);
      const changed = resources.map((resource) =>
        randomResource(random, { seed, arrival: resource.arrival }),
      );
      await commit(store, ...changed.map((resource) => toPut(resource, 2)));
      const gone = changed.filter(() => random.once(4));
      await commit(
        store,
        ...gone.map(({ id }) => remove({ type: randomType, id, versionId: 3, seconds: 99 })),
      );
      const left = changed.filter((resource) => !gone.includes(resource));
      for (const one of queries) await compare(store, left, one);
    }).timeout(60_000);

    it('finds nothing of a type that was never stored', async () => {
      const store = await opened.open();
      const result = await store.search(query(everything, { type: 'Patient', total: 'accurate' }));
      expect(result).to.deep.equal({ matches: [], total: 0 });
    });

    it('gives no matches but the total for a limit of 0', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }), put({ id: 'b' }));
      const result = await store.search(query(everything, { limit: 0, total: 'accurate' }));
      expect(result).to.deep.equal({ matches: [], total: 2 });
    });

    it('gives keys and texts as they are read', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a', text: '1.10', labels: ['s|R'], entries: [token('code', 'x')] }));
      const { matches } = await store.search(query(hasToken('code', 'x')));
      const [read] = await store.read([{ type: 'Observation', id: 'a' }]);
      expect(matches).to.deep.equal([{ key: read?.key, body: read?.body }]);
    });
  });
  pagingTests(opened);
}

function pagingTests(opened: OpenedStore): void {
  describe('search pages', () => {
    const sorts: readonly SortKey[] = [
      { by: 'first-arrival', descending: false },
      { by: 'first-arrival', descending: true },
      { by: 'id', descending: false },
      { by: 'last-updated', descending: true },
      { by: 'date', code: 'date', descending: false },
      { by: 'date', code: 'date', descending: true },
    ];
    for (const sort of sorts) {
      const name = `${sort.by}${sort.descending ? ' descending' : ''}`;
      it(`give each unchanged match once while others write, by ${name}`, async () => {
        const store = await opened.open();
        const { resources } = randomCase(21, { resources: 60, queries: 1 });
        await commit(store, ...resources.map((resource) => toPut(resource)));
        const untouched = resources.filter(({ arrival }) => arrival % 3 !== 0);
        const seen: string[] = [];
        const of: SearchQuery = { type: randomType, where: everything, sort, limit: 7, total: 'none' };
        let page = await store.search(of);
        for (let turn = 0; ; turn += 1) {
          seen.push(...page.matches.map(({ key }) => key.id));
          if (page.nextCursor === undefined) break;
          await writeMeanwhile(store, resources, turn);
          page = await store.search({ ...of, cursor: page.nextCursor });
        }
        const kept = new Set(untouched.map(({ id }) => id));
        expect(seen.filter((id) => kept.has(id))).to.deep.equal(
          expectedIds(resources, of).filter((id) => kept.has(id)),
        );
      });
    }

    it('keep a resource that changes and still matches in the order of first arrival', async () => {
      const store = await opened.open();
      const entries = [token('code', 'x')];
      const ids = ['c', 'a', 'd', 'b'];
      await commit(store, ...ids.map((id) => put({ id, entries })));
      const of = query(hasToken('code', 'x'), { limit: 2 });
      const first = await store.search(of);
      await commit(store, put({ id: 'c', versionId: 2, entries }), put({ id: 'b', versionId: 2, entries }));
      const rest = await allPages(store, { ...of, cursor: first.nextCursor ?? '' });
      expect([...first.matches.map(({ key }) => key.id), ...rest]).to.deep.equal(ids);
    });

    for (const limit of [1, 2, 3, 7]) {
      it(`of ${String(limit)} hold a resource once that has the value several times`, async () => {
        const store = await opened.open();
        const several = Array.from({ length: 5 }, (_, ordinal) => ({
          ...token('code', 'x', `s${String(ordinal)}`),
          ordinal,
        }));
        const resources = ['a', 'b', 'c', 'd', 'e'];
        await commit(
          store,
          ...resources.map((id, place) => put({ id, entries: several.slice(0, 5 - place) })),
        );
        for (const descending of [false, true]) {
          const of = query(hasToken('code', 'x'), { limit, sort: { by: 'first-arrival', descending } });
          const expected = descending ? resources.toReversed() : resources;
          expect(await allPages(store, of)).to.deep.equal(expected);
        }
      });
    }

    it('hold each resource once that has the value more often than a page is long, under any further condition', async () => {
      const store = await opened.open();
      const many = Array.from({ length: 60 }, (_, ordinal) => ({
        ...token('code', 'x', `s${String(ordinal)}`),
        ordinal,
      }));
      const ids = ['a', 'b', 'c'];
      await commit(store, ...ids.map((id) => put({ id, entries: [...many, token('status', 'final')] })));
      const both: SearchExpression = {
        kind: 'and',
        of: [hasToken('code', 'x'), hasToken('status', 'final')],
      };
      for (const where of [hasToken('code', 'x'), both]) {
        for (const limit of [1, 2, 50]) {
          const of = query(where, { limit, total: 'accurate' });
          expect((await store.search(of)).total).to.equal(3);
          expect(await allPages(store, of)).to.deep.equal(ids);
        }
      }
    });

    it('end early where their resources are large, and lose none', async () => {
      const store = await opened.open();
      const entries = [token('code', 'x')];
      const ids = ['a', 'b', 'c', 'd'];
      for (const id of ids) await commit(store, put({ id, text: 'x'.repeat(12_000_000), entries }));
      const of = query(hasToken('code', 'x'), { limit: 50 });
      expect((await store.search(of)).matches.length).to.be.within(1, 3);
      expect(await allPages(store, of)).to.deep.equal(ids);
      const { versions, nextCursor = '' } = await store.history({ kind: 'system' }, { limit: 50 });
      expect(versions.length).to.be.within(1, 3);
      const rest = await store.history({ kind: 'system' }, { limit: 50, cursor: nextCursor });
      expect([...versions, ...rest.versions].map(({ key }) => key.id)).to.deep.equal(ids.toReversed());
    });

    it('refuse a cursor that was tampered with or is of another order', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }), put({ id: 'b' }), put({ id: 'c' }));
      const { nextCursor = '' } = await store.search(query(everything, { limit: 1 }));
      const byId: SortKey = { by: 'id', descending: false };
      const wrong: SearchQuery[] = [
        query(everything, { cursor: `${nextCursor.slice(0, -2)}AA` }),
        query(everything, { cursor: 'x' }),
        query(everything, { cursor: '' }),
        query(everything, { cursor: Buffer.from('[null,1,"0"]').toString('base64url') }),
        query(everything, { cursor: nextCursor, sort: byId }),
        query(hasToken('code', 'x'), { cursor: nextCursor }),
        query(everything, { cursor: nextCursor, asked: 'something else' }),
      ];
      for (const one of wrong) expect(await failureOf(store.search(one))).to.equal('malformed');
    });

    it('go on with a query that tells its name, even where its bounds have moved with the clock', async () => {
      const store = await opened.open();
      const entries = [token('code', 'x')];
      await commit(store, put({ id: 'a', entries }), put({ id: 'b', entries }));
      const asked = 'date=ap2026';
      const { nextCursor = '' } = await store.search(query(everything, { limit: 1, asked }));
      const { matches } = await store.search(query(hasToken('code', 'x'), { cursor: nextCursor, asked }));
      expect(matches.map(({ key }) => key.id)).to.deep.equal(['b']);
    });
  });
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return error instanceof FhirError ? error.category : String(error);
  }
}

type Resource = ReturnType<typeof randomCase>['resources'][number];

export const toPut = ({ id, entries, lastUpdated }: Resource, versionId = 1): PutChange => ({
  ...put({ type: randomType, id, entries, versionId }),
  lastUpdated,
});

/** All pages hold the matcher's answer in its order, and the total is its length. */
async function compare(store: Store, resources: readonly Resource[], one: SearchQuery): Promise<void> {
  const wanted = expectedIds(resources, one);
  const shown = JSON.stringify(one);
  expect(await allPages(store, one), shown).to.deep.equal(wanted);
  if (one.total === 'accurate') expect((await store.search(one)).total, shown).to.equal(wanted.length);
  const first = await idsOf(store, { ...one, limit: 3 });
  expect(first, shown).to.deep.equal(wanted.slice(0, 3));
}

/** New resources, and later versions or deletes of every third old one. */
async function writeMeanwhile(store: Store, resources: readonly Resource[], turn: number): Promise<void> {
  const random = randomSource(turn);
  const old = resources[turn * 3];
  const fresh = randomResource(random, { seed: 99, arrival: 1_000 + turn });
  await commit(store, toPut(fresh));
  if (!old || old.arrival % 3 !== 0) return;
  const next = randomResource(random, { seed: 21, arrival: old.arrival });
  if (turn % 2 === 0) await commit(store, toPut(next, 2));
  else await commit(store, remove({ type: randomType, id: old.id, versionId: 2 }));
}

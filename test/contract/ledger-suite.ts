import { createHash } from 'node:crypto';

import { expect } from 'chai';

import type { AuditRow, CountRow } from '../../src/ports/store.js';
import type { OpenedStore } from './contract-suite.js';
import {
  at,
  bodyOf,
  commit,
  keyOf,
  put,
  refused,
  remove,
  replica,
  unitOf,
  type VersionSpec,
} from './store-units.js';

export function ledgerSuite(opened: OpenedStore): void {
  digestTests(opened);
  countTests(opened);
  auditTests(opened);
  exceptionTests(opened);
}

/** Of one version, by the port's definition. */
function digestOf({ key, versionId, hash }: ReturnType<typeof put>): [number, number] {
  const sum = createHash('sha256')
    .update(`${key.type}/${key.id}/${String(versionId)}/${hash}`)
    .digest();
  return [sum.readUInt32BE(0), sum.readUInt32BE(4)];
}

function digestTests(opened: OpenedStore): void {
  describe('digests', () => {
    it('sum every version held by owner, source, type and day in Asia/Shanghai', async () => {
      const store = await opened.open();
      const evening = 16 * 3600;
      const changes = [
        put({ id: 'a' }),
        put({ id: 'a', versionId: 2, seconds: evening - 1 }),
        put({ id: 'b', seconds: evening }),
      ];
      await commit(
        store,
        ...changes,
        put({ id: 'p', type: 'Patient', source: 'hospital-2' }),
        replica({ id: 'r' }),
      );
      const rows = await store.digests({ owner: 'node-a', source: 'hospital-1' });
      const [first, second, third] = changes.map(digestOf);
      const sum = (place: 0 | 1): number => ((first?.[place] ?? 0) + (second?.[place] ?? 0)) % 2 ** 32;
      const common = { owner: 'node-a', source: 'hospital-1', type: 'Observation' };
      expect(rows).to.have.deep.members([
        { ...common, day: '2026-11-24', n: 2, digest: [sum(0), sum(1)] },
        { ...common, day: '2026-11-25', n: 1, digest: third },
      ]);
      expect(await store.digests({ type: 'Patient' })).to.have.length(1);
      expect(await store.digests({ day: '2026-11-25' })).to.have.length(1);
      expect(await store.digests({})).to.have.length(4);
      expect(await store.digests({ owner: 'nobody' })).to.deep.equal([]);
    });

    it('do not depend on the order of arrival', async () => {
      const specs: VersionSpec[] = ['a', 'b', 'c'].flatMap((id) => [{ id }, { id, versionId: 2 }]);
      const store = await opened.open();
      await commit(store, ...specs.map((spec) => replica(spec)));
      await commit(store, ...[...specs].reverse().map((spec) => replica({ ...spec, type: 'Condition' })));
      const listed = async (type: string) => (await store.versionsOf({ type }, { limit: 10 })).versions;
      const names = (await listed('Observation')).map(({ key, versionId }) => [key.id, versionId]);
      expect(names).to.deep.equal([
        ['a', 1],
        ['a', 2],
        ['b', 1],
        ['b', 2],
        ['c', 1],
        ['c', 2],
      ]);
      expect((await listed('Condition')).map(({ key, versionId }) => [key.id, versionId])).to.deep.equal(
        names,
      );
    });

    it('list the versions behind them page by page, with hashes and labels', async () => {
      const store = await opened.open();
      const ids = ['d', 'b', 'a', 'c'];
      await commit(
        store,
        ...ids.map((id) => put({ id, labels: ['s|R'] })),
        put({ id: 'x', type: 'Patient' }),
      );
      for (const scope of [
        { owner: 'node-a' },
        { owner: 'node-a', type: 'Observation', day: '2026-11-24', source: 'hospital-1' },
      ]) {
        const seen: string[] = [];
        let page = await store.versionsOf(scope, { limit: 2 });
        for (;;) {
          seen.push(...page.versions.map(({ key }) => key.id));
          if (page.next === undefined) break;
          page = await store.versionsOf(scope, { limit: 2, after: page.next });
        }
        expect(seen.filter((id) => id !== 'x')).to.deep.equal(['a', 'b', 'c', 'd']);
      }
      const { versions } = await store.versionsOf({ type: 'Observation' }, { limit: 1 });
      const { hash } = put({ id: 'a' });
      expect(versions).to.deep.equal([{ key: keyOf('a'), versionId: 1, hash, labels: ['s|R'] }]);
    });
  });
}

function countTests(opened: OpenedStore): void {
  describe('counts', () => {
    const bytes = (...specs: VersionSpec[]): number =>
      specs.reduce((sum, spec) => sum + Buffer.byteLength(bodyOf(spec)), 0);

    it('add what is accepted and replicated in the same commit', async () => {
      const store = await opened.open();
      const [a, b, r] = [{ id: 'a', text: '李' }, { id: 'b' }, { id: 'r' }];
      await commit(store, put(a), put(b), remove({ id: 'a', versionId: 2 }));
      await commit(store, replica(r));
      await commit(store, replica(r));
      const common = { day: '2026-11-24', type: 'Observation', source: 'hospital-1' };
      expect(await store.counts({})).to.have.deep.members([
        { ...common, series: 'accepted', peer: 'client-1', n: 3, bytes: bytes(a, b) },
        { ...common, series: 'replicated', peer: 'node-b', n: 1, bytes: bytes(r) },
      ]);
    });

    it('count on the day of arrival in Asia/Shanghai', async () => {
      const store = await opened.open();
      opened.clock.nowMs += 16 * 3_600_000;
      await commit(store, put({ id: 'a' }));
      expect((await store.counts({})).map(({ day }) => day)).to.deep.equal(['2026-11-25']);
    });

    it('add given counts to what stands, and give those asked for', async () => {
      const store = await opened.open();
      const count: CountRow = {
        series: 'refused',
        day: '2026-11-24',
        type: 'Patient',
        source: 'h',
        peer: 'c',
        n: 2,
        bytes: 10,
      };
      await commit(store, { kind: 'count', count });
      await commit(
        store,
        { kind: 'count', count },
        { kind: 'count', count: { ...count, day: '2026-11-26' } },
      );
      expect(await store.counts({ series: 'refused', to: '2026-11-25' })).to.deep.equal([
        { ...count, n: 4, bytes: 20 },
      ]);
      expect(await store.counts({ from: '2026-11-25' })).to.deep.equal([{ ...count, day: '2026-11-26' }]);
      expect(await store.counts({ series: 'accepted' })).to.deep.equal([]);
    });

    it('stay when the unit is refused', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'b' }));
      const changes = [put({ id: 'a' }), put({ id: 'a', versionId: 2 }), put({ id: 'b' }, 'never')];
      await refused(store, unitOf(...changes));
    });
  });
}

function auditTests(opened: OpenedStore): void {
  describe('audit', () => {
    const event = (seconds: number, more: Partial<AuditRow> = {}): AuditRow => ({
      at: at(seconds),
      action: 'create',
      principal: 'client-1',
      target: 'Patient/p',
      status: 201,
      requestId: `r${String(seconds)}`,
      ...more,
    });

    it('gives the rows asked for, newest first', async () => {
      const store = await opened.open();
      const rows = [
        event(1),
        event(2, { principal: 'client-2' }),
        event(3, { action: 'refuse', target: '', status: 403 }),
        event(4),
      ];
      await commit(store, ...rows.map((row) => ({ kind: 'audit', event: row }) as const));
      const [first, second, third, fourth] = rows;
      expect(await store.readAudit({ limit: 10 })).to.deep.equal([fourth, third, second, first]);
      expect(await store.readAudit({ limit: 1 })).to.deep.equal([fourth]);
      expect(await store.readAudit({ principal: 'client-2', limit: 10 })).to.deep.equal([second]);
      expect(await store.readAudit({ target: 'Patient/p', limit: 10 })).to.deep.equal([
        fourth,
        second,
        first,
      ]);
      expect(await store.readAudit({ action: 'refuse', limit: 10 })).to.deep.equal([third]);
      expect(await store.readAudit({ from: at(2), to: at(3), limit: 10 })).to.deep.equal([third, second]);
    });
  });
}

function exceptionTests(opened: OpenedStore): void {
  describe('exceptions', () => {
    const gap = (id: string, stream = 'from:node-b') =>
      ({
        kind: 'exception',
        exception: { stream, key: keyOf(id), versionId: 2, kind: 'gap', reason: 'missing' },
      }) as const;

    it('are listed once each, newest first, by stream, kind and key, until they are cleared', async () => {
      const store = await opened.open();
      await commit(store, gap('a'), gap('b'), gap('a'), gap('a', 'to:node-b'));
      opened.clock.nowMs += 1_000;
      await commit(store, {
        kind: 'exception',
        exception: {
          stream: 'from:node-b',
          key: keyOf('a'),
          versionId: 2,
          kind: 'refused',
          reason: 'r',
          hash: 'h',
        },
      });
      const list = async (query: Parameters<typeof store.exceptions>[0]): Promise<string[]> =>
        (await store.exceptions(query)).map(({ stream, key, kind }) => `${stream} ${key.id} ${kind}`);
      expect(await list({ limit: 10 })).to.deep.equal([
        'from:node-b a refused',
        'to:node-b a gap',
        'from:node-b b gap',
        'from:node-b a gap',
      ]);
      expect(await list({ limit: 1 })).to.deep.equal(['from:node-b a refused']);
      expect(await list({ kind: 'gap', stream: 'from:node-b', limit: 10 })).to.have.length(2);
      expect(await list({ key: keyOf('a'), limit: 10 })).to.have.length(3);
      expect((await store.exceptions({ kind: 'refused', limit: 1 }))[0]).to.deep.equal({
        stream: 'from:node-b',
        key: keyOf('a'),
        versionId: 2,
        kind: 'refused',
        reason: 'r',
        hash: 'h',
        at: at(1),
      });
      const ofA = { kind: 'clear-exception', stream: 'from:node-b', key: keyOf('a'), versionId: 2 } as const;
      await commit(store, { ...ofA, only: 'gap' });
      expect(await list({ kind: 'refused', limit: 10 })).to.have.length(1);
      expect(await list({ kind: 'gap', limit: 10 })).to.deep.equal(['to:node-b a gap', 'from:node-b b gap']);
      const counts = await store.countExceptions();
      expect([counts.get('refused'), counts.get('gap'), counts.get('fork')]).to.deep.equal([1, 2, 0]);
      await commit(store, ofA);
      expect(await list({ limit: 10 })).to.deep.equal(['to:node-b a gap', 'from:node-b b gap']);
    });
  });
}

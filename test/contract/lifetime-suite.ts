import { expect } from 'chai';

import { FhirError } from '../../src/fhir/fhir-error.js';
import type { OpenedStore } from './contract-suite.js';
import { commit, hasToken, idsOf, keyOf, put, query, token, unitOf } from './store-units.js';

export function lifetimeSuite(opened: OpenedStore): void {
  describe('open and close', () => {
    it('find everything again', async () => {
      const entries = [token('code', 'x')];
      const store = await opened.open();
      await commit(store, put({ id: 'a', entries }), put({ id: 'b', entries }));
      await commit(store, put({ id: 'a', versionId: 2, entries }));
      const before = await store.status();
      const again = await opened.open();
      expect(await again.status()).to.deep.equal(before);
      expect(await idsOf(again, query(hasToken('code', 'x')))).to.deep.equal(['a', 'b']);
      await commit(again, put({ id: 'c', entries }), put({ id: 'b', versionId: 2 }));
      expect(await idsOf(again, query(hasToken('code', 'x')))).to.deep.equal(['a', 'c']);
      expect((await again.status()).lastSequence).to.equal(before.lastSequence + 2);
    });

    it('commit what is queued before closing', async () => {
      const store = await opened.open();
      const results = Array.from({ length: 200 }, (_, place) =>
        store.commit(unitOf(put({ id: `r${String(place)}` }))),
      );
      const [, ...taken] = await Promise.all([store.close(), ...results]);
      expect(taken.every((result) => result.ok)).to.equal(true);
      const again = await opened.open();
      expect(await again.countByType()).to.deep.equal(new Map([['Observation', 200]]));
    });

    it('reject what is asked of a closed store as busy', async () => {
      const store = await opened.open();
      await store.close();
      const asked = [
        () => store.ping(),
        () => store.read([keyOf('a')]),
        () => store.commit(unitOf(put({ id: 'a' }))),
        () => store.search(query(hasToken('code', 'x'))),
        () => store.readLog({ lane: 'bulk', after: 0, limit: 1, maxBytes: 1 }),
      ];
      for (const ask of asked) {
        const error: unknown = await ask().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error instanceof FhirError && error.category).to.equal('busy');
      }
    });
  });

  describe('backup', () => {
    it('of a store in use opens as a store of its own, at one moment of the original', async () => {
      const store = await opened.open();
      const entries = [token('code', 'x')];
      await commit(store, put({ id: 'a', entries }));
      const writing = Array.from({ length: 300 }, (_, place) =>
        store.commit(unitOf(put({ id: `r${String(place)}` }))),
      );
      await store.backup(opened.backupTarget());
      await Promise.all(writing);
      const { incarnation } = await store.status();
      const copy = await opened.openRestored();
      const { lastSequence, ...status } = await copy.status();
      expect(status).to.include({ incarnation, state: 'normal' });
      expect(await idsOf(copy, query(hasToken('code', 'x')))).to.deep.equal(['a']);
      const { entries: log } = await copy.readLog({
        lane: 'clinical',
        after: 0,
        limit: 1_000,
        maxBytes: 1e9,
      });
      expect(log).to.have.length(lastSequence);
      await commit(copy, put({ id: 'b' }));
    });

    it('is told to be a copy until it is accepted', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }));
      expect(await store.status()).to.not.have.property('copied');
      await store.backup(opened.backupTarget());
      expect(await (await opened.openRestored()).status()).to.include({ copied: true, state: 'normal' });
      const copy = await opened.openRestored();
      expect(await copy.status()).to.include({ copied: true });
      await commit(copy, { kind: 'accept-file' });
      expect(await copy.status()).to.not.have.property('copied');
      expect(await (await opened.openRestored()).status()).to.not.have.property('copied');
      expect(await (await opened.open()).status()).to.not.have.property('copied');
    });

    it('refuses to write over something', async () => {
      const store = await opened.open();
      await store.backup(opened.backupTarget());
      const error: unknown = await store.backup(opened.backupTarget()).catch((reason: unknown) => reason);
      expect(error instanceof FhirError && error.category).to.equal('business-rule');
    });
  });
}

import { expect } from 'chai';
import { FhirError } from '../../src/fhir/fhir-error.js';
import type { PrepareRequest } from '../../src/ports/ingest.js';
import { createWorkerLink } from '../../src/threads/worker-link.js';

const stamp = { id: 'g1', versionId: 1, lastUpdated: '2026-11-24T03:04:05.678Z' };

/** A Group with so many members that it keeps the worker busy far beyond the limit of these tests. */
function groupOf(count: number): PrepareRequest {
  const member = Array.from({ length: count }, (_, index) => ({
    entity: { reference: `Patient/p${String(index)}` },
  }));
  const text = JSON.stringify({ resourceType: 'Group', type: 'person', actual: true, member });
  return { text, type: 'Group', stamp, interaction: 'create' };
}

describe('createWorkerLink', function () {
  this.timeout(60_000);

  it('ends a worker that needs too long for a call, and starts another', async () => {
    const logged: unknown[] = [];
    const note = (facts: unknown): void => void logged.push(facts);
    const logger = { debug: note, info: note, warn: note, error: note };
    const link = createWorkerLink({ base: 'http://node.test/fhir' }, logger, 250);
    try {
      const quick = async (): Promise<string> =>
        (await link.call({ kind: 'prepare', request: groupOf(1) })).result.outcome;
      expect(await quick()).to.equal('prepared');
      const slow = link.call({ kind: 'prepare', request: groupOf(400_000) });
      const behind = quick();
      for (const call of [slow, behind]) {
        const error: unknown = await call.then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).to.be.instanceOf(FhirError).with.property('category', 'busy');
      }
      expect(logged).to.deep.equal([{ limitMs: 250 }]);
      expect(await quick()).to.equal('prepared');
      expect(link.generation()).to.equal(2);
    } finally {
      await link.close();
    }
  });
});

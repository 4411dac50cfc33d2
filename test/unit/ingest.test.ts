import { createHash } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { FhirError } from '../../src/fhir/fhir-error.js';
import { writeReplicateBundle } from '../../src/fhir/bundle/replicate-bundle.js';
import { toReference } from '../../src/fhir/key.js';
import { encodeIndex } from '../../src/fhir/search/index-codec.js';
import { indexResource } from '../../src/fhir/search/index-resource.js';
import type {
  BundleDecisions,
  EntryDecision,
  Ingest,
  OpenBundle,
  PreparedRecord,
  PrepareBundleResult,
  PrepareRequest,
} from '../../src/ports/ingest.js';
import { createAdmission } from '../../src/threads/admission.js';
import { createIngest } from '../../src/threads/ingest-pool.js';
import { sharedData, sharedDataMissing } from '../support/shared-data.js';
import { syntheaTexts } from '../support/synthea-texts.js';

const base = 'http://node.test/fhir';
const stamp = { id: 'p1', versionId: 1, lastUpdated: '2026-11-24T03:04:05.678Z' };
const create = (text: string, more: Partial<PrepareRequest> = {}): PrepareRequest => ({
  text,
  type: 'Patient',
  stamp,
  interaction: 'create',
  ...more,
});

const body = `{"resourceType":"Patient","id":"p1","meta":{"versionId":"1","lastUpdated":"${stamp.lastUpdated}"},"active":true}`;

function transactionOf(count: number): string {
  const entry = Array.from({ length: count }, (_, index) => ({
    fullUrl: `urn:uuid:${String(index)}`,
    resource: {
      resourceType: 'Patient',
      name: [{ family: `欧阳${String(index)}` }],
      generalPractitioner: [{ reference: `Practitioner/d${String(index % 3)}` }],
      link: [{ type: 'seealso', other: { reference: `urn:uuid:${String((index + 1) % count)}` } }],
    },
    request: { method: 'POST', url: 'Patient' },
  }));
  return JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }, null, 1);
}

/** Every entry is written, under ids that count up; every conditional reference is found. */
function decide({ entries, conditionalReferences }: OpenBundle): BundleDecisions {
  return {
    entries: entries.map(({ resourceType = '' }, index): EntryDecision => {
      const id = `r${String(index)}`;
      return { kind: 'write', key: { type: resourceType, id }, stamp: { ...stamp, id } };
    }),
    references: new Map(
      conditionalReferences.map((name, index) => [
        name,
        `${name.slice(0, name.indexOf('?'))}/c${String(index)}`,
      ]),
    ),
  };
}

async function prepareAll(
  ingest: Ingest,
  text: string,
): Promise<Extract<PrepareBundleResult, { outcome: 'prepared' }>> {
  const opened = await ingest.openBundle(text);
  if (opened.outcome === 'invalid') throw new Error(JSON.stringify(opened.issues.slice(0, 3)));
  const prepared = await ingest.prepareBundle(opened.handle, decide(opened.bundle));
  ingest.dropBundle(opened.handle);
  if (prepared.outcome === 'invalid') throw new Error(JSON.stringify(prepared.issues.slice(0, 3)));
  return prepared;
}

async function rejection(promise: Promise<unknown>): Promise<FhirError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('did not reject');
}

const indexOf = (text: string): number[] => [
  ...encodeIndex(indexResource('Patient', JSON.parse(text) as Record<string, unknown>)),
];

/** With index bytes as numbers, whatever buffer they stand in. */
const plain = (record: PreparedRecord | 'unchanged' | undefined): unknown =>
  typeof record === 'object' ? { ...record, index: [...record.index] } : record;

/** Lets the event loop turn until the work is no longer refused as busy. */
async function whenAdmitted<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof FhirError) || error.category !== 'busy') throw error;
      await new Promise(setImmediate);
    }
  }
}

describe('ingest', function () {
  this.timeout(60_000);
  let ingest: Ingest;
  const open = ({
    admittedLimitBytes = 1e9,
    ...more
  }: { inlineLimitBytes?: number; admittedLimitBytes?: number; holdMs?: number } = {}): Ingest => {
    const admission = createAdmission(admittedLimitBytes);
    return (ingest = createIngest({ inlineLimitBytes: 65_536, admission, base, ...more }));
  };
  afterEach(() => ingest.close());

  for (const [place, inlineLimitBytes] of [
    ['on the calling thread', 65_536],
    ['on the worker', 0],
  ] as const) {
    describe(place, () => {
      beforeEach(() => {
        open({ inlineLimitBytes });
      });

      it('stamps, hashes and indexes a resource', async () => {
        const result = await ingest.prepare(
          create(' {"resourceType":"Patient",\n"id":"mine","active":true}'),
        );
        if (result.outcome !== 'prepared') throw new Error(result.outcome);
        const { record } = result;
        expect(record.body).to.equal(body);
        expect(record.hash).to.equal(createHash('sha256').update(body).digest('hex'));
        expect(record.key).to.deep.equal({ type: 'Patient', id: 'p1' });
        expect(record.stamp).to.deep.equal(stamp);
        expect([...record.index]).to.deep.equal(indexOf(body));
      });

      it('lists the references that must exist, once each', async () => {
        const references = [
          'Practitioner/a',
          `${base}/Practitioner/b`,
          'Practitioner/a/_history/2',
          'http://x.test/Practitioner/c',
          '#d',
        ];
        const text = JSON.stringify({
          resourceType: 'Patient',
          contained: [{ resourceType: 'Practitioner', id: 'd' }],
          generalPractitioner: references.map((reference) => ({ reference })),
        });
        const result = await ingest.prepare(create(text));
        expect(result.outcome === 'prepared' && result.record.references.map(toReference)).to.deep.equal([
          'Practitioner/a',
          'Practitioner/b',
        ]);
      });

      it('answers unchanged for a body that equals the current version but for the stamp', async () => {
        const current = { body, versionId: 1, lastUpdated: stamp.lastUpdated };
        const update = { interaction: 'update', current, stamp: { ...stamp, versionId: 2 } } as const;
        expect(
          await ingest.prepare(create('{"resourceType":"Patient","id":"p1","active":true}', update)),
        ).to.deep.equal({
          outcome: 'unchanged',
        });
        const changed = await ingest.prepare(
          create('{"resourceType":"Patient","id":"p1","active":false}', update),
        );
        expect(changed.outcome).to.equal('prepared');
      });

      it('tells what keeps a body from being taken', async () => {
        const faults = async (text: string, more: Partial<PrepareRequest> = {}): Promise<string> => {
          const result = await ingest.prepare(create(text, more));
          if (result.outcome !== 'invalid') return result.outcome;
          return [result.category, ...result.issues.map(({ expression }) => expression ?? '')].join(' ');
        };
        expect(await faults('{"a":1,"a":2}')).to.equal('malformed ');
        expect(await faults('{"active":true}')).to.equal('malformed Patient');
        expect(await faults('{"resourceType":"Person"}')).to.equal('malformed Patient.resourceType');
        expect(await faults('{"resourceType":"Patient","id":"p2"}', { interaction: 'update' })).to.equal(
          'malformed Patient.id',
        );
        expect(await faults('{"resourceType":"Patient"}', { interaction: 'update' })).to.equal(
          'malformed Patient.id',
        );
        expect(await faults('{"resourceType":"Patient","gender":"x","birthDate":"2020-02-30"}')).to.match(
          /Patient\.(gender|birthDate) Patient\.(gender|birthDate)$/,
        );
        const reference = {
          generalPractitioner: [{ reference: 'urn:uuid:1' }, { reference: 'Practitioner?active=true' }],
        };
        expect(await faults(JSON.stringify({ resourceType: 'Patient', ...reference }))).to.equal(
          'business-rule Patient.generalPractitioner[0].reference Patient.generalPractitioner[1].reference',
        );
      });

      it('prepares a transaction', async () => {
        const { records, references } = await prepareAll(ingest, transactionOf(4));
        expect(references.map(toReference)).to.deep.equal([
          'Practitioner/d0',
          'Practitioner/d1',
          'Practitioner/d2',
        ]);
        expect(records.map((record) => typeof record === 'object' && record.body)).to.deep.equal(
          [0, 1, 2, 3].map(
            (index) =>
              `{"resourceType":"Patient","id":"r${String(index)}","meta":{"versionId":"1","lastUpdated":"${stamp.lastUpdated}"},` +
              `"name":[{"family":"欧阳${String(index)}"}],"generalPractitioner":[{"reference":"Practitioner/d${String(index % 3)}"}],` +
              `"link":[{"type":"seealso","other":{"reference":"Patient/r${String((index + 1) % 4)}"}}]}`,
          ),
        );
      });

      it('prepares the same bundle again after a lost race', async () => {
        const opened = await ingest.openBundle(transactionOf(2));
        if (opened.outcome === 'invalid') throw new Error('not read');
        const decisions = decide(opened.bundle);
        const first = await ingest.prepareBundle(opened.handle, decisions);
        const [one] = first.outcome === 'prepared' ? first.records : [];
        if (typeof one !== 'object') throw new Error('nothing prepared');
        const current = { body: one.body, versionId: 1, lastUpdated: stamp.lastUpdated };
        const entries = decisions.entries.map((decision, index): EntryDecision => {
          if (decision.kind !== 'write') return decision;
          return index === 0
            ? { ...decision, current }
            : { kind: 'resolved', key: { type: 'Patient', id: 'r1' } };
        });
        const again = await ingest.prepareBundle(opened.handle, { ...decisions, entries });
        expect(again.outcome === 'prepared' && again.records).to.deep.equal(['unchanged', undefined]);
      });

      it('tells the faults of all resources of a transaction, with their places', async () => {
        const text = transactionOf(3).replace('欧阳0', '').replace('seealso', 'related');
        const opened = await ingest.openBundle(text);
        if (opened.outcome === 'invalid') throw new Error('not read');
        const result = await ingest.prepareBundle(opened.handle, decide(opened.bundle));
        expect(
          result.outcome === 'invalid' && result.issues.map(({ expression }) => expression),
        ).to.deep.equal(['Bundle.entry[0].resource.name[0].family', 'Bundle.entry[0].resource.link[0].type']);
      });

      it('tells the first 200 faults of many, and that there are more', async () => {
        const dangling = Array.from({ length: 20_000 }, (_, index) => ({
          reference: `urn:uuid:${String(index)}`,
        }));
        const resource = { resourceType: 'Patient', generalPractitioner: dangling };
        const alone = await ingest.prepare(create(JSON.stringify(resource)));
        const entry = [{ resource, request: { method: 'POST', url: 'Patient' } }];
        const bundle = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
        const opened = await ingest.openBundle(bundle);
        const names = [{ family: '' }];
        const invalid = Array.from({ length: 300 }, () => ({
          resource: { resourceType: 'Patient', name: names },
          request: { method: 'POST', url: 'Patient' },
        }));
        const open = await ingest.openBundle(
          JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: invalid }),
        );
        if (open.outcome === 'invalid') throw new Error('not read');
        const prepared = await ingest.prepareBundle(open.handle, decide(open.bundle));
        for (const result of [alone, opened, prepared]) {
          if (result.outcome !== 'invalid') throw new Error(result.outcome);
          expect(result.issues).to.have.length(201);
          expect(result.issues[200]).to.include({ severity: 'information' });
        }
      });

      it('gives the entries of a batch as texts', async () => {
        const text = transactionOf(2).replace('transaction', 'batch');
        const opened = await ingest.openBundle(text);
        expect(opened.outcome === 'open' && opened.bundle.entries[1]?.resource).to.match(
          /^\{"resourceType":"Patient","name"/,
        );
      });

      it('reads a replication batch', async () => {
        const entry = {
          key: { type: 'Patient', id: 'p1' },
          versionId: 1,
          lastUpdated: stamp.lastUpdated,
          body,
        };
        const origin = {
          owner: 'county-a',
          source: 'h1',
          deleted: false,
          hash: createHash('sha256').update(body).digest('hex'),
        };
        const text = writeReplicateBundle({ lane: 'workflow', entries: [{ ...entry, ...origin }] });
        const result = await ingest.prepareReplicas(text);
        if (result.outcome === 'invalid') throw new Error('not read');
        expect(result.batch.entries[0]).to.include({ body, owner: 'county-a', hash: origin.hash });
        expect(await ingest.prepareReplicas('{').then(({ outcome }) => outcome)).to.equal('invalid');
      });

      it('refuses a bundle that was dropped', async () => {
        const opened = await ingest.openBundle(transactionOf(1));
        if (opened.outcome === 'invalid') throw new Error('not read');
        ingest.dropBundle(opened.handle);
        expect(await rejection(ingest.prepareBundle(opened.handle, decide(opened.bundle)))).to.include({
          category: 'busy',
        });
      });
    });
  }

  it('gives the same rows on both threads', async () => {
    const text = transactionOf(50);
    const inline = await prepareAll(open(), text);
    await ingest.close();
    const onWorker = await prepareAll(open({ inlineLimitBytes: 0 }), text);
    expect(onWorker.records.map(plain)).to.deep.equal(inline.records.map(plain));
    expect(onWorker.references).to.deep.equal(inline.references);
  });

  it('answers busy beyond the admitted bytes, and takes bodies again when there is room', async () => {
    const text = transactionOf(100);
    open({ inlineLimitBytes: 0, admittedLimitBytes: text.length * 1.5 });
    const opened = await ingest.openBundle(text);
    if (opened.outcome === 'invalid') throw new Error('not read');
    const refused = await rejection(ingest.openBundle(text));
    expect(refused).to.include({ category: 'busy', retryAfterSeconds: 1 });
    ingest.dropBundle(opened.handle);
    expect((await ingest.openBundle(text)).outcome).to.equal('open');
  });

  it('drops a bundle that nobody dropped', async () => {
    const text = transactionOf(100);
    open({ admittedLimitBytes: text.length, holdMs: 1 });
    await ingest.openBundle(text);
    expect((await whenAdmitted(() => ingest.openBundle(text))).outcome).to.equal('open');
  });

  it('answers busy for what a dead worker held, and starts another', async () => {
    const workers: Worker[] = [];
    const note = (worker: Worker): void => void workers.push(worker);
    process.on('worker', note);
    open({ inlineLimitBytes: 0 });
    const opened = await ingest.openBundle(transactionOf(1));
    if (opened.outcome === 'invalid') throw new Error('not read');
    const under = rejection(ingest.openBundle(transactionOf(20_000)));
    await workers[0]?.terminate();
    expect(await under).to.include({ category: 'busy', retryAfterSeconds: 1 });
    const later = rejection(ingest.prepareBundle(opened.handle, decide(opened.bundle)));
    expect(await later).to.include({ category: 'busy' });
    expect((await prepareAll(ingest, transactionOf(1))).records).to.have.length(1);
    expect(workers).to.have.length(2);
    process.off('worker', note);
  });

  it('answers busy after close, and to what was under way', async () => {
    open({ inlineLimitBytes: 0 });
    const under = rejection(ingest.prepare(create('{"resourceType":"Patient"}')));
    await ingest.close();
    expect(await under).to.include({ category: 'busy' });
    expect(await rejection(ingest.prepare(create('{"resourceType":"Patient"}')))).to.include({
      category: 'busy',
    });
  });

  it('prepares every Synthea transaction, each resource valid, no link left open', async function () {
    this.timeout(180_000);
    const folder = sharedData('synthea-r4');
    if (folder === undefined) {
      console.log(sharedDataMissing);
      this.skip();
    }
    open();
    let largest = 0;
    let total = 0;
    for (const { file, text } of syntheaTexts(folder)) {
      if (file.startsWith('0-')) continue;
      const { records } = await prepareAll(ingest, text);
      largest = Math.max(largest, records.length);
      total += records.length;
      for (const record of records) {
        if (typeof record !== 'object') throw new Error(`${file}: an entry was not prepared`);
        expect(/"reference":"(?:urn:|[A-Z][A-Za-z]+\?)/.test(record.body)).to.equal(false);
      }
    }
    expect(largest).to.equal(3419);
    expect(total).to.equal(48_944);
  });
});

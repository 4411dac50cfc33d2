import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { writeReplicateBundle, type ReplicateEntry } from '../../src/fhir/bundle/replicate-bundle.js';
import type { ReplicaBatch } from '../../src/ports/ingest.js';
import { prepareReplicas } from '../../src/threads/prepare-replicas.js';
import { validateResource } from '../../src/validation/validate-resource.js';

const lastUpdated = '2026-11-24T03:04:05.678Z';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function version(more: Partial<ReplicateEntry> = {}, members = '"active":true'): ReplicateEntry {
  const body =
    more.body ??
    `{"resourceType":"Patient","id":"p1","meta":{"versionId":"2","lastUpdated":"${lastUpdated}"},${members}}`;
  return {
    key: { type: 'Patient', id: 'p1' },
    versionId: 2,
    lastUpdated,
    deleted: false,
    hash: sha256(body),
    owner: 'county-a',
    source: 'hospital-1',
    ...more,
    body,
  };
}

const removed = version({
  deleted: true,
  versionId: 3,
  body: '',
  hash: sha256(`Patient/p1/3/${lastUpdated}`),
});

function readBack(entries: readonly ReplicateEntry[]): ReplicaBatch {
  const result = prepareReplicas(writeReplicateBundle({ lane: 'workflow', entries }));
  if (result.outcome === 'invalid') throw new Error(JSON.stringify(result.issues));
  return result.batch;
}

describe('replication batches', () => {
  it('travel with lane, positions and every field of their versions', () => {
    const from = { incarnation: 'abc', sequence: 7, hash: sha256('x') };
    const to = { incarnation: 'abc', sequence: 9, hash: sha256('y') };
    const entries = [version(), removed];
    const result = prepareReplicas(writeReplicateBundle({ lane: 'workflow', from, to, entries }));
    if (result.outcome === 'invalid') throw new Error('not read');
    const { batch } = result;
    expect({ ...batch, entries: [] }).to.deep.equal({ lane: 'workflow', from, to, entries: [] });
    expect(
      batch.entries.map(({ index: _index, routing: _routing, faults, ...entry }) => {
        expect(faults).to.deep.equal([]);
        return entry;
      }),
    ).to.deep.equal(entries);
  });

  it('may be without entries and positions', () => {
    expect(readBack([])).to.deep.equal({ lane: 'workflow', entries: [] });
  });

  it('are valid Bundles of R4', () => {
    const text = writeReplicateBundle({ lane: 'workflow', entries: [version(), removed] });
    const checked = validateResource('Bundle', JSON.parse(text), text);
    expect(checked.ok ? [] : checked.issues.map(({ diagnostics }) => diagnostics)).to.deep.equal([]);
  });

  it('keep the bytes of a resource, whatever another owner wrote', () => {
    const members = ' "a" : 1.10,\n"欧":"\\u0041\\/ ]}\\"","b":[[],{}, "x" ],"\\u0069":2e5';
    const [entry] = readBack([version({}, members)]).entries;
    expect(entry?.body).to.equal(version({}, members).body);
    expect(entry?.refusal).to.equal(undefined);
  });

  it('carry profiles and labels of meta', () => {
    const meta = `{"versionId":"2","lastUpdated":"${lastUpdated}","profile":["http://p"],"security":[{"system":"http://s","code":"R"},{"code":"N"}]}`;
    const body = `{"resourceType":"Patient","id":"p1","meta":${meta}}`;
    expect(readBack([version({ body, hash: sha256(body) })]).entries[0]?.routing).to.deep.equal({
      profiles: ['http://p'],
      labels: ['http://s|R', '|N'],
    });
  });

  it('flag what fails validation here, and index it all the same', () => {
    const [entry] = readBack([version({}, '"gender":"unheard-of"')]).entries;
    expect(entry?.faults.map(({ expression }) => expression)).to.deep.equal(['Patient.gender']);
    expect(entry?.refusal).to.equal(undefined);
    expect(entry?.index.length).to.be.greaterThan(24);
  });

  it('flag a body nested beyond all measure', () => {
    const members = `"extension":${'[{"extension":'.repeat(50_000)}[]${'}]'.repeat(50_000)}`;
    const [entry] = readBack([version({}, members)]).entries;
    expect(entry?.faults).to.not.be.empty;
  });

  const body = version().body;
  const refused: readonly (readonly [name: string, entry: ReplicateEntry, refusal: RegExp])[] = [
    ['another hash', version({ hash: sha256('other') }), /hash/],
    ['another hash of a delete', { ...removed, hash: sha256('other') }, /hash/],
    ['another id', version({ key: { type: 'Patient', id: 'p2' } }), /id in the body/],
    ['another type', version({ key: { type: 'Person', id: 'p1' } }), /type in the body/],
    ['an unknown type', version({ key: { type: 'Patent', id: 'p1' } }), /unknown resource type/],
    ['another version', version({ versionId: 3 }), /version in the body/],
    ['another instant', version({ lastUpdated: '2026-11-24T03:04:05.679Z' }), /lastUpdated in the body/],
    ['something that is no instant', { ...removed, lastUpdated: 'soon' }, /not an instant/],
    ['no meta', version({ body: body.replace(/"meta":\{[^}]*\},/, '') }), /version in the body/],
  ];
  for (const [name, entry, refusal] of refused) {
    it(`mark ${name} to be refused, and nothing else`, () => {
      const { entries } = readBack([version(), entry]);
      expect(entries[0]?.refusal).to.equal(undefined);
      expect(entries[1]?.refusal).to.match(refusal);
    });
  }

  const text = writeReplicateBundle({ lane: 'clinical', entries: [version()] });
  const malformed: readonly (readonly [name: string, text: string])[] = [
    ['text that is no JSON', text.slice(0, -1)],
    ['a Bundle of another type', text.replace('"history"', '"batch"')],
    ['an unknown lane', text.replace('"clinical"', '"express"')],
    ['an entry without a hash', text.replace('"url":"hash"', '"url":"hush"')],
    ['an entry without a version', text.replace('W/\\"2\\"', '2')],
    ['a PUT without a resource', text.replace(`"resource":${body},`, '')],
    ['a DELETE with a resource', text.replace('"PUT"', '"DELETE"')],
    ['two lists of entries', text.replace('"type":"history"', '"type":"history","entry":[{}]')],
    [
      'a position of bad form',
      text.replace('{"url":"lane"', '{"url":"from","valueString":"7"},{"url":"lane"'),
    ],
  ];
  for (const [name, changed] of malformed) {
    it(`refuse ${name} as a whole`, () => {
      expect(changed).to.not.equal(text);
      expect(prepareReplicas(changed).outcome).to.equal('invalid');
    });
  }
});

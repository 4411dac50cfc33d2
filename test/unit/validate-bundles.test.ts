import { expect } from 'chai';
import { faultsOf } from '../support/validation.js';

const patient = { resourceType: 'Patient', id: 'p' };
const fullUrl = 'https://example.org/fhir/Patient/p';
const entry = { fullUrl, resource: patient };
const request = { method: 'PUT', url: 'Patient/p' };
const response = { status: '200' };

function bundle(type: string, parts: Record<string, unknown>): string[] {
  return faultsOf({ resourceType: 'Bundle', type, ...parts });
}

describe('validateResource: Bundles', () => {
  it('asks for requests in a batch, transaction and history, and only there', () => {
    expect(bundle('transaction', { entry: [{ resource: patient, request }] })).to.deep.equal([]);
    expect(bundle('batch', { entry: [{ resource: patient }] })).to.deep.equal([
      'invariant Bundle.entry[0].request',
    ]);
    expect(bundle('history', { entry: [{ ...entry, request, response }] })).to.deep.equal([]);
    expect(bundle('collection', { entry: [{ ...entry, request }] })).to.deep.equal([
      'invariant Bundle.entry[0].request',
    ]);
  });

  it('asks for responses in answers and history, and only there', () => {
    expect(bundle('batch-response', { entry: [{ response }] })).to.deep.equal([]);
    expect(bundle('transaction-response', { entry: [{ resource: patient }] })).to.deep.equal([
      'invariant Bundle.entry[0].response',
    ]);
    expect(bundle('collection', { entry: [{ ...entry, response }] })).to.deep.equal([
      'invariant Bundle.entry[0].response',
    ]);
  });

  it('keeps search and total to the Bundles that have them', () => {
    expect(bundle('searchset', { total: 1, entry: [{ ...entry, search: { mode: 'match' } }] })).to.deep.equal(
      [],
    );
    expect(
      bundle('collection', { total: 1, entry: [{ ...entry, search: { mode: 'match' } }] }),
    ).to.have.members(['invariant Bundle.total', 'invariant Bundle.entry[0].search']);
  });

  it('asks results of a search for ids', () => {
    const { id, ...unnamed } = patient;
    expect(id).to.equal('p');
    const found = (mode: string): string[] =>
      bundle('searchset', { entry: [{ fullUrl: 'urn:oid:1.2.3', resource: unnamed, search: { mode } }] });
    expect(found('match')).to.deep.equal(['invariant Bundle.entry[0].resource.id']);
    expect(found('outcome')).to.deep.equal([]);
  });

  it('refuses an entry with nothing in it, and a relation given twice', () => {
    expect(bundle('collection', { entry: [{ fullUrl }] })).to.deep.equal([
      'invariant Bundle.entry[0].resource',
    ]);
    const link = { relation: 'self', url: 'https://example.org' };
    expect(bundle('searchset', { link: [link, { ...link, relation: 'next' }] })).to.deep.equal([]);
    expect(bundle('searchset', { link: [link, link] })).to.deep.equal(['invariant Bundle.link[1].relation']);
    const item = { ...link, relation: 'item' };
    expect(bundle('searchset', { link: [item, item] })).to.deep.equal([]);
  });

  it('asks for a fullUrl that is absolute, unique and agrees with the resource', () => {
    const full = (url: unknown): string[] =>
      bundle('collection', { entry: [{ fullUrl: url, resource: patient }] });
    expect(full(fullUrl)).to.deep.equal([]);
    expect(full('urn:uuid:0190a5d8-0000-7000-8000-00000000000a')).to.deep.equal([]);
    for (const url of [
      'Patient/p',
      'https://example.org/fhir/Patient/q',
      'https://example.org/fhir/Observation/p',
    ]) {
      expect(full(url), url).to.deep.equal(['invariant Bundle.entry[0].fullUrl']);
    }
    expect(
      bundle('collection', { entry: [{ fullUrl, resource: { resourceType: 'Patient' } }] }),
    ).to.deep.equal(['invariant Bundle.entry[0].fullUrl']);
    expect(full(`${fullUrl}/_history/1`)).to.deep.equal(['invariant Bundle.entry[0].fullUrl']);
    expect(bundle('collection', { entry: [{ resource: patient }] })).to.deep.equal([
      'invariant Bundle.entry[0].fullUrl',
    ]);
    expect(bundle('collection', { entry: [entry, entry] })).to.deep.equal([
      'invariant Bundle.entry[1].fullUrl',
    ]);
    const version = (versionId: string): unknown => ({
      fullUrl,
      resource: { ...patient, meta: { versionId } },
    });
    expect(bundle('collection', { entry: [version('1'), version('2')] })).to.deep.equal([]);
  });

  it('asks for what makes a document and a message', () => {
    expect(bundle('document', { entry: [entry] })).to.have.members([
      'invariant Bundle.entry',
      'invariant Bundle.identifier',
      'invariant Bundle.timestamp',
    ]);
    expect(bundle('message', { entry: [entry] })).to.deep.equal(['invariant Bundle.entry']);
  });

  it('validates each resource within by both stages, under its own place', () => {
    const sick = {
      resourceType: 'Patient',
      id: 'p',
      gender: 'x',
      foo: 1,
      contact: [{ name: { family: '' } }],
    };
    expect(
      bundle('transaction', {
        entry: [
          { resource: patient, request },
          { resource: sick, request },
        ],
      }),
    ).to.have.members([
      'code-invalid Bundle.entry[1].resource.gender',
      'structure Bundle.entry[1].resource.foo',
      'value Bundle.entry[1].resource.contact[0].name.family',
    ]);
  });

  it('resolves #id within the entry, not within the Bundle', () => {
    const own = { ...patient, managingOrganization: { reference: '#h' } };
    const contained = [{ resourceType: 'Organization', id: 'h', name: 'x' }];
    expect(bundle('transaction', { entry: [{ resource: { ...own, contained }, request }] })).to.deep.equal(
      [],
    );
    expect(
      bundle('transaction', {
        entry: [
          { resource: { ...own, contained }, request },
          { resource: own, request },
        ],
      }),
    ).to.deep.equal(['invariant Bundle.entry[1].resource.managingOrganization.reference']);
  });
});

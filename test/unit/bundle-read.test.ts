import { expect } from 'chai';
import { readBundle, type ReadBundle } from '../../src/fhir/bundle/read-bundle.js';

const base = 'http://node.test/fhir';

interface Entry {
  readonly fullUrl?: unknown;
  readonly resource?: unknown;
  readonly request?: unknown;
}

const bundleOf = (entry: readonly Entry[], type = 'transaction'): string =>
  JSON.stringify({ resourceType: 'Bundle', type, entry });

function read(text: string): ReadBundle {
  const result = readBundle(text, base);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.bundle;
}

function faultsOf(text: string): string[] {
  const result = readBundle(text, base);
  return result.ok ? [] : result.issues.map(({ code, expression }) => `${code} ${expression ?? ''}`);
}

const patient = (more: object = {}): object => ({ resourceType: 'Patient', ...more });
const post = (type: string): object => ({ method: 'POST', url: type });
const put = (url: string): object => ({ method: 'PUT', url });

describe('readBundle', () => {
  it('reads requests and resources, each resource as its own compact text', () => {
    const text =
      '{ "resourceType": "Bundle", "type": "batch", "entry": [ { "fullUrl": "urn:uuid:1", "resource":' +
      ' { "resourceType": "Observation", "valueQuantity": { "value": 1.10 } }, "request": { "method": "POST",' +
      ' "url": "Observation", "ifNoneExist": "identifier=x" } }, { "request": { "method": "GET", "url": "Patient?x=1",' +
      ' "ifNoneMatch": "W/\\"1\\"" } } ] }';
    const { type, entries } = read(text);
    expect(type).to.equal('batch');
    expect(entries.map(({ members }) => members)).to.deep.equal([
      { method: 'POST', url: 'Observation', fullUrl: 'urn:uuid:1', ifNoneExist: 'identifier=x', resource: 0 },
      { method: 'GET', url: 'Patient?x=1', ifNoneMatch: 'W/"1"' },
    ]);
    expect(entries[0]?.resource?.text).to.equal(
      '{"resourceType":"Observation","valueQuantity":{"value":1.10}}',
    );
    expect(entries[1]?.resource).to.equal(undefined);
  });

  it('accepts a transaction without entries', () => {
    expect(read('{"resourceType":"Bundle","type":"transaction"}').entries).to.deep.equal([]);
    expect(read('{"resourceType":"Bundle","type":"transaction","entry":[]}').entries).to.deep.equal([]);
  });

  it('accepts urls that begin with a slash or with the base of this server', () => {
    const entry = [
      { resource: patient(), request: post('/Patient') },
      { resource: patient({ id: 'a' }), request: put(`${base}/Patient/a`) },
    ];
    expect(faultsOf(bundleOf(entry))).to.deep.equal([]);
  });

  const refused: readonly (readonly [name: string, text: string, faults: readonly string[]])[] = [
    ['another resource', '{"resourceType":"Patient"}', ['invalid Bundle']],
    ['a Bundle of another type', bundleOf([], 'searchset'), ['not-supported Bundle.type']],
    ['a Bundle without a type', '{"resourceType":"Bundle"}', ['required Bundle.type']],
    [
      'entries that are no array',
      '{"resourceType":"Bundle","type":"batch","entry":{}}',
      ['structure Bundle.entry'],
    ],
    ['an entry that is no object', bundleOf([null as unknown as Entry]), ['structure Bundle.entry[0]']],
    [
      'members that do not exist',
      '{"resourceType":"Bundle","type":"batch","entries":[]}',
      ['structure Bundle'],
    ],
    ['an entry without a request', bundleOf([{ resource: patient() }]), ['required Bundle.entry[0].request']],
    [
      'a request without method and url',
      bundleOf([{ request: {} }]),
      ['required Bundle.entry[0].request.method', 'required Bundle.entry[0].request.url'],
    ],
    [
      'an unknown method',
      bundleOf([{ request: { method: 'SEND', url: 'Patient' } }]),
      ['code-invalid Bundle.entry[0].request.method'],
    ],
    [
      'a url that is no text',
      bundleOf([{ request: { method: 'GET', url: 7 } }]),
      ['structure Bundle.entry[0].request.url'],
    ],
    [
      'PATCH',
      bundleOf([{ request: { method: 'PATCH', url: 'Patient/1' } }]),
      ['not-supported Bundle.entry[0].request.method'],
    ],
    [
      'an unknown type',
      bundleOf([{ resource: patient(), request: post('Patent') }]),
      ['not-supported Bundle.entry[0].request.url'],
    ],
    [
      'a resource of an unknown type',
      bundleOf([{ resource: { resourceType: 'Patent' }, request: post('Patient') }]),
      ['not-supported Bundle.entry[0].resource.resourceType'],
    ],
    [
      'a resource without a type',
      bundleOf([{ resource: {}, request: post('Patient') }]),
      ['required Bundle.entry[0].resource'],
    ],
    [
      'a resource that is no object',
      bundleOf([{ resource: [1], request: post('Patient') }]),
      ['structure Bundle.entry[0].resource'],
    ],
    [
      'a number where a resource belongs',
      bundleOf([
        { resource: 0, request: post('Patient') },
        { resource: patient(), request: post('Patient') },
      ]),
      ['structure Bundle.entry[1].resource'],
    ],
    [
      'a POST without a resource',
      bundleOf([{ request: post('Patient') }]),
      ['required Bundle.entry[0].resource'],
    ],
    [
      'a POST to an instance',
      bundleOf([{ resource: patient(), request: post('Patient/1') }]),
      ['not-supported Bundle.entry[0].request.url'],
    ],
    [
      'a type that the url does not name',
      bundleOf([{ resource: patient(), request: post('Person') }]),
      ['invalid Bundle.entry[0].request.url'],
    ],
    [
      'a PUT to a type',
      bundleOf([{ resource: patient(), request: put('Patient') }]),
      ['invalid Bundle.entry[0].request.url'],
    ],
    [
      'a PUT without an id in the resource',
      bundleOf([{ resource: patient(), request: put('Patient/a') }]),
      ['required Bundle.entry[0].resource.id'],
    ],
    [
      'a PUT with another id',
      bundleOf([{ resource: patient({ id: 'b' }), request: put('Patient/a') }]),
      ['invalid Bundle.entry[0].resource.id'],
    ],
    [
      'an id of bad form',
      bundleOf([{ resource: patient({ id: 'a b' }), request: put('Patient/a b') }]),
      ['value Bundle.entry[0].request.url'],
    ],
    [
      'a DELETE without an id',
      bundleOf([{ request: { method: 'DELETE', url: 'Patient' } }]),
      ['invalid Bundle.entry[0].request.url'],
    ],
    [
      'the same resource twice',
      bundleOf([
        { resource: patient({ id: 'a' }), request: put('Patient/a') },
        { request: { method: 'DELETE', url: 'Patient/a' } },
      ]),
      ['duplicate Bundle.entry[1].request.url'],
    ],
    [
      'a fullUrl twice',
      bundleOf([
        { fullUrl: 'urn:uuid:1', resource: patient(), request: post('Patient') },
        { fullUrl: 'urn:uuid:1', resource: patient(), request: post('Patient') },
      ]),
      ['duplicate Bundle.entry[1].fullUrl'],
    ],
    [
      'a relative fullUrl',
      bundleOf([{ fullUrl: 'Patient/1', resource: patient(), request: post('Patient') }]),
      ['value Bundle.entry[0].fullUrl'],
    ],
    [
      'a fullUrl that names a version',
      bundleOf([{ fullUrl: 'http://a/Patient/1/_history/2', resource: patient(), request: post('Patient') }]),
      ['value Bundle.entry[0].fullUrl'],
    ],
  ];
  for (const [name, text, faults] of refused) {
    it(`refuses ${name}`, () => {
      expect(faultsOf(text)).to.deep.equal(faults);
    });
  }

  it('tells the faults of all entries at once', () => {
    const entry = [
      { resource: patient(), request: post('Person') },
      { request: { method: 'GET', url: 'Patient/1' } },
      {
        resource: { resourceType: 'Observation', subject: { reference: 'urn:uuid:none' } },
        request: post('Observation'),
      },
      { request: {} },
    ];
    expect(faultsOf(bundleOf(entry)).sort()).to.deep.equal([
      'invalid Bundle.entry[0].request.url',
      'not-found Bundle.entry[2].resource.subject.reference',
      'required Bundle.entry[3].request.method',
      'required Bundle.entry[3].request.url',
    ]);
  });

  it('leaves the faults of single entries of a batch to the entries', () => {
    const entry = [
      { resource: patient(), request: post('Person') },
      { request: { method: 'PATCH', url: 'Patient/1' } },
      { resource: { resourceType: 'Patent' }, request: post('Patent') },
    ];
    expect(read(bundleOf(entry, 'batch')).entries).to.have.length(3);
  });

  it('never quotes the content', () => {
    const text = bundleOf([
      { fullUrl: 'Zhang', resource: { resourceType: 'Zhang' }, request: { method: 'Zhang', url: 'Zhang' } },
    ]);
    expect(JSON.stringify(readBundle(text, base))).to.not.include('Zhang');
  });
});

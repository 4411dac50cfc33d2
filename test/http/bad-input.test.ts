import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { fhirRequest, issuesOf, type FhirAnswer } from '../support/fhir-request.js';
import { rawRequest } from '../support/raw-request.js';
import { patient } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

const bodyLimitBytes = 1_000_000;

describe('bad input', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode({ bodyLimitBytes });
  });
  after(() => node.close());
  afterEach('nothing was stored', async () => {
    expect((await node.store.countByType()).size).to.equal(0);
  });
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fhirRequest(`${node.base}/Patient`, { method: 'POST', body, headers });
  function expectRefused(answer: FhirAnswer, status: number): void {
    expect(answer.status).to.equal(status);
    expect(issuesOf(answer)[0]?.severity).to.equal('error');
    expect(answer.headers.get('x-request-id')).to.be.a('string');
  }

  const breakOff = (requestId: string) =>
    new Promise<void>((resolve) => {
      const outgoing = httpRequest(`${node.base}/Patient`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/fhir+json',
          'Content-Length': '1000',
          'X-Request-ID': requestId,
        },
      });
      outgoing.on('error', () => {
        resolve();
      });
      outgoing.write('{"resourceType":', () => outgoing.destroy(new Error('gone')));
    });

  const malformed: Record<string, string | Uint8Array> = {
    'text that is no JSON': 'hello',
    'an empty body': '',
    'JSON that breaks off': '{"resourceType":"Patient","name":[{"family":"Zh',
    'JSON followed by more': '{"resourceType":"Patient"} {}',
    'an array': '[]',
    'a number': '1',
    null: 'null',
    'no resourceType': '{"name":[]}',
    'a comment': '{"resourceType":"Patient" /* x */}',
    'a duplicate key': '{"resourceType":"Patient","active":true,"active":false}',
    'a duplicate key, one escaped': '{"resourceType":"Patient","active":true,"\\u0061ctive":false}',
    'a NUL': '{"resourceType":"Patient","language":"a\\u0000b"}',
    'a lone surrogate': '{"resourceType":"Patient","language":"\\ud800"}',
    'bytes that are no UTF-8': new Uint8Array([
      ...Buffer.from('{"resourceType":"Patient","x":"'),
      0xff,
      0x22,
      0x7d,
    ]),
    'nesting without end': `{"resourceType":"Patient","extension":${'[{"url":"x","extension":'.repeat(5000)}[]${'}]'.repeat(5000)}}`,
    'an unclosed nest of 100,000': '['.repeat(100_000),
  };
  for (const [what, body] of Object.entries(malformed)) {
    it(`answers 400 to ${what}`, async () => {
      expectRefused(await post(body), 400);
    });
    it(`answers 400 to ${what} as a Bundle`, async () => {
      expectRefused(await fhirRequest(node.base, { method: 'POST', body }), 400);
    });
  }

  it('never quotes the body', async () => {
    const answer = await post('{"resourceType":"Patient","birthDate":"Geheim","Geheim":1}');
    expect(answer.status).to.be.oneOf([400, 422]);
    expect(answer.text).not.to.contain('"Geheim');
  });

  it('answers 413 to a body over the limit, declared or not, packed or not', async () => {
    const big = JSON.stringify(patient({ language: 'x'.repeat(bodyLimitBytes) }));
    expectRefused(await post(big), 413);
    expectRefused(await post(new Uint8Array(gzipSync(big)), { 'Content-Encoding': 'gzip' }), 413);
    const chunked = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = httpRequest(`${node.base}/Patient`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/fhir+json', 'Transfer-Encoding': 'chunked' },
      });
      outgoing.on('response', (incoming) => {
        incoming.resume();
        resolve(incoming.statusCode);
      });
      outgoing.on('error', reject);
      outgoing.end(big);
    });
    expect(chunked).to.equal(413);
  });

  it('answers 400 to what says gzip and is not, 415 to other encodings', async () => {
    expectRefused(await post('{}', { 'Content-Encoding': 'gzip' }), 400);
    expectRefused(await post('{}', { 'Content-Encoding': 'br' }), 415);
  });

  it('answers 413 to a search form that is no form any more, 400 to parameters without end', async () => {
    const search = (body: string) =>
      fhirRequest(`${node.base}/Patient/_search`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
    expectRefused(await search('_format=json&'.repeat(6000)), 413);
    const many = await search('_format=json&'.repeat(1500));
    expectRefused(many, 400);
    expect(issuesOf(many).map(({ code }) => code)).to.deep.equal(['too-costly']);
  });

  for (const name of ['If-None-Exist', 'If-Match', 'If-None-Match']) {
    it(`answers 400 to a write with two headers ${name}`, async () => {
      const { status, text } = await rawRequest(node.base, {
        method: name === 'If-None-Exist' ? 'POST' : 'PUT',
        path: name === 'If-None-Exist' ? '/Patient' : '/Patient/x',
        headers: [name, 'gender=male', name, 'active=true'],
        body: JSON.stringify(patient({ id: 'x' })),
      });
      expect(status).to.equal(400);
      expect(text).to.contain(`The header ${name} may be sent once`);
    });
  }

  for (const type of [
    'application/xml',
    'application/fhir+xml',
    'text/plain',
    'application/json; charset=gb18030',
    'application/fhir+json; fhirVersion=3.0',
  ]) {
    it(`answers 415 to ${type}`, async () => {
      expectRefused(await post('<Patient/>', { 'Content-Type': type }), 415);
    });
  }

  for (const [what, url, headers] of [
    ['Accept: XML', 'Patient', { Accept: 'application/fhir+xml' }],
    ['_format=xml', 'Patient?_format=xml', {}],
    ['_format=application/fhir+xml', 'Patient?_format=application/fhir%2Bxml', {}],
    ['_format=turtle', 'metadata?_format=ttl', {}],
    ['another FHIR version', 'metadata', { Accept: 'application/fhir+json; fhirVersion=3.0' }],
  ] as const) {
    it(`answers 406 to ${what}`, async () => {
      expectRefused(await fhirRequest(`${node.base}/${url}`, { headers }), 406);
    });
  }

  for (const path of [
    'Nonsense',
    'patient/1',
    'Patient/1/Observation',
    'Patient/1/_history/1/more',
    '$nonsense',
    'Patient/$nonsense',
    'Patient/1/$nonsense',
    'DomainResource/1',
    '%ZZ/1',
    '__proto__/1',
    'constructor',
    '/_history',
    '/x',
    'Patient//_history',
    'Patient//_history/1',
  ]) {
    it(`answers 404 to the path ${path}`, async () => {
      expectRefused(await fhirRequest(`${node.base}/${path}`), 404);
    });
  }

  it('answers 404 to a write to a path with an empty segment', async () => {
    for (const [method, path] of [
      ['POST', '//_search'],
      ['DELETE', '//x'],
      ['PUT', '//x'],
    ] as const) {
      expectRefused(await fhirRequest(`${node.base}${path}`, { method }), 404);
    }
  });

  it('answers 404 to an id that is none', async () => {
    for (const id of ['a%2Fb', 'a%00b', '%FF', 'x'.repeat(5000), '..%2F..']) {
      expectRefused(await fhirRequest(`${node.base}/Patient/${id}`), 404);
    }
  });

  it('answers 405 with Allow to a method that the path does not take', async () => {
    for (const [method, path, allow] of [
      ['PATCH', '/Patient/1', 'GET, PUT, DELETE, HEAD'],
      ['POST', '/Patient/1', 'GET, PUT, DELETE, HEAD'],
      ['DELETE', '', 'POST'],
      ['GET', '/Patient/_search', 'POST'],
    ] as const) {
      const answer = await fhirRequest(`${node.base}${path}`, { method });
      expectRefused(answer, 405);
      expect(answer.headers.get('allow')).to.equal(allow);
      expect(issuesOf(answer)[0]?.code).to.equal('not-supported');
    }
  });

  it('counts a body that breaks off as malformed, not as a fault', async () => {
    await breakOff('q-broke-off');
    for (;;) {
      await node.audit.flush();
      const rows = await node.store.readAudit({ action: 'refuse', limit: 1000 });
      const row = rows.find(({ requestId }) => requestId === 'q-broke-off');
      if (row) {
        expect(row.status).to.equal(400);
        return;
      }
    }
  });

  it('stays up when a client breaks off', async () => {
    await breakOff('q-gone');
    expect((await fhirRequest(`${node.base}/metadata`)).status).to.equal(200);
  });
});

describe('what other forms are taken', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());

  it('takes a gzip body, application/json and a byte order mark', async () => {
    const text = JSON.stringify(patient());
    for (const [body, headers] of [
      [new Uint8Array(gzipSync(text)), { 'Content-Encoding': 'gzip' }],
      [new Uint8Array(gzipSync(text)), { 'Content-Encoding': 'GZIP' }],
      [new Uint8Array(gzipSync(text)), { 'Content-Encoding': 'x-gzip' }],
      [text, { 'Content-Type': 'application/json; charset=UTF-8' }],
      [text, { 'Content-Type': 'application/fhir+json; fhirVersion=4.0' }],
      [`\ufeff${text}`, {}],
    ] as const) {
      const answer = await fhirRequest(`${node.base}/Patient`, { method: 'POST', body, headers });
      expect(answer.status).to.equal(201);
    }
  });

  it('answers plain JSON to who asks for that, and indents for _pretty', async () => {
    const url = `${node.base}/Patient?_count=1`;
    const plain = await fhirRequest(url, { headers: { Accept: 'application/json' } });
    expect(plain.headers.get('content-type')).to.equal('application/json; charset=utf-8');
    const pretty = await fhirRequest(`${url}&_pretty=true&_format=json`);
    expect(pretty.text).to.contain('\n  "resourceType": "Bundle",\n');
    expect(pretty.json['type']).to.equal('searchset');
    const browser = await fhirRequest(url, {
      headers: { Accept: 'text/html,application/xml;q=0.9,*/*;q=0.8' },
    });
    expect(browser.status).to.equal(200);
    const versioned = await fhirRequest(url, {
      headers: { Accept: 'application/fhir+json;fhirVersion=4.0' },
    });
    expect(versioned.status).to.equal(200);
  });

  it('answers an absolute request target like its path', async () => {
    const made = await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    const path = `/fhir/Patient/${String(made.json['id'])}`;
    for (const target of [`${node.origin}${path}`, `http://elsewhere.test${path}?_pretty=true`]) {
      expect((await rawRequest(node.base, { target })).status, target).to.equal(200);
    }
    expect((await rawRequest(node.base, { target: `${node.origin}/health/live` })).status).to.equal(200);
    for (const target of [node.origin, 'http://', '*']) {
      const answer = await rawRequest(node.base, { target });
      expect(answer.status, target).to.equal(404);
      expect(answer.text, target).to.contain('OperationOutcome');
    }
  });

  it('names itself in links as it is known, whatever Host a client sends', async () => {
    const { headers } = await rawRequest(node.base, {
      method: 'POST',
      path: '/Patient',
      headers: ['Host', 'evil.test'],
      body: JSON.stringify(patient()),
    });
    expect(headers.location).to.match(new RegExp(`^${node.base}/Patient/`));
    const found = await rawRequest(node.base, { path: '/Patient', headers: ['Host', 'evil.test'] });
    expect(found.text).to.contain(node.base).and.not.to.contain('evil.test');
  });
});

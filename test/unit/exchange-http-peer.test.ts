import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';

import { expect } from 'chai';
import nock from 'nock';

import { createHttpPeer, type HttpPeerSettings } from '../../src/adapters/peer/http-peer.js';
import { createTokenSource } from '../../src/adapters/peer/token-source.js';
import { writeReceipt } from '../../src/fhir/replicate-receipt.js';
import type { Peer, PeerAnswer, PeerFailure } from '../../src/ports/peer.js';

const address = 'http://city.test:8080';
const hash = 'ab'.repeat(32);
const position = { incarnation: 'inc-1', sequence: 42, hash };
const batch = { lane: 'clinical', text: '{"resourceType":"Bundle"}', complete: false } as const;

const peerWith = (settings: Partial<HttpPeerSettings> = {}): Peer =>
  createHttpPeer({ id: 'city', url: address, nodeId: 'county', timeoutMs: 1000, gzipLevel: 0, ...settings });

function failureOf<T>(answer: PeerAnswer<T>): PeerFailure {
  if (answer.ok) throw new Error('an answer came where a failure was expected');
  return answer.failure;
}

function valueOf<T>(answer: PeerAnswer<T>): T {
  if (!answer.ok) throw new Error(answer.failure.reason);
  return answer.value;
}

/** As `node --expose-gc` has it. */
const collectGarbage = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

// Importing nock already intercepts; other suites speak to real servers.
nock.restore();

function interceptRequests(): void {
  before(() => {
    nock.activate();
    nock.disableNetConnect();
  });
  afterEach(() => nock.cleanAll());
  after(() => {
    nock.enableNetConnect();
    nock.restore();
  });
}

describe('http peer: $replicate', () => {
  interceptRequests();

  it('hands the batch over and reads position and exceptions', async () => {
    const exceptions = [
      {
        key: { type: 'Patient', id: 'p.1' },
        versionId: 3,
        kind: 'refused',
        reason: 'owner not in the subtree',
      },
    ] as const;
    const scope = nock(address, { reqheaders: { 'x-node-id': 'county' } })
      .post('/fhir/$replicate', batch.text)
      .query({ lane: 'clinical', complete: 'false' })
      .reply(200, writeReceipt(exceptions), { 'X-Stream-Position': `inc-1/42/${hash}` });
    const receipt = valueOf(await peerWith().replicate(batch));
    expect(receipt).to.deep.equal({ taken: true, position, exceptions });
    scope.done();
  });

  it('reads the position of a 409 as nothing taken', async () => {
    nock(address)
      .post(/replicate/)
      .reply(409, '{}', { 'X-Stream-Position': 'none' });
    expect(valueOf(await peerWith().replicate(batch))).to.deep.equal({
      taken: false,
      position: undefined,
      exceptions: [],
    });
  });

  it('reads the forks that stand against this node, page by page', async () => {
    const row = (id: string, kind = 'fork') => ({
      key: { type: 'Patient', id },
      versionId: 2,
      kind,
      stream: 'from:county',
      reason: 'resolved by version 3',
      ...(kind === 'fork' ? { hash: 'h' } : {}),
    });
    const page = (offset: number, body: object) =>
      nock(address)
        .get('/api/exceptions')
        .query({ stream: 'from:county', kind: 'fork', limit: 1000, offset })
        .reply(200, body);
    page(0, { exceptions: [row('a'), row('b', 'gap')], nextOffset: 1000 });
    page(1000, { exceptions: [row('c')] });
    const forks = valueOf(await peerWith().forks());
    expect(forks).to.deep.equal(
      ['a', 'c'].map((id) => ({
        key: { type: 'Patient', id },
        versionId: 2,
        hash: 'h',
        reason: 'resolved by version 3',
      })),
    );
  });

  it('reads every page of what was refused, kind by kind', async () => {
    const row = (kind: string, versionId: number) => ({
      key: { type: 'Patient', id: 'a' },
      versionId,
      kind,
      stream: 'from:county',
      reason: 'why',
    });
    const page = (kind: string, offset: number, body: object) =>
      nock(address)
        .get('/api/exceptions')
        .query({ stream: 'from:county', kind, limit: 1000, offset })
        .reply(200, body);
    const first = Array.from({ length: 1000 }, (_, place) => row('refused', place + 1));
    page('refused', 0, { exceptions: first, nextOffset: 1000 });
    page('refused', 1000, { exceptions: [row('refused', 1001)] });
    page('fork', 0, { exceptions: [row('fork', 2000)] });
    page('foreign-owner', 0, { exceptions: [] });
    const refused = valueOf(await peerWith().refusals());
    expect(refused.map(({ versionId }) => versionId)).to.deep.equal([
      ...Array.from({ length: 1001 }, (_, place) => place + 1),
      2000,
    ]);
    expect(refused.at(-1)).to.deep.equal({
      key: { type: 'Patient', id: 'a' },
      versionId: 2000,
      kind: 'fork',
      reason: 'why',
    });
  });

  it('answers failed when a later page of the refusals fails', async () => {
    nock(address).get('/api/exceptions').query(true).reply(200, { exceptions: [], nextOffset: 1000 });
    nock(address).get('/api/exceptions').query(true).reply(503, '{}');
    expect(failureOf(await peerWith().refusals()).kind).to.equal('failed');
  });

  it('answers timeout when the peer is too slow', async () => {
    nock(address)
      .post(/replicate/)
      .delay(500)
      .reply(200, '{}');
    const failure = failureOf(await peerWith({ timeoutMs: 30 }).replicate(batch));
    expect(failure.kind).to.equal('timeout');
  });

  for (const status of [400, 413, 415, 422]) {
    it(`answers rejected on ${status}`, async () => {
      nock(address)
        .post(/replicate/)
        .reply(status, '{}');
      expect(failureOf(await peerWith().replicate(batch))).to.include({ kind: 'rejected', status });
    });
  }

  for (const status of [401, 403, 404]) {
    it(`answers denied on ${status}`, async () => {
      nock(address)
        .post(/replicate/)
        .reply(status, '{}');
      expect(failureOf(await peerWith().replicate(batch))).to.include({ kind: 'denied', status });
    });
  }

  it('answers failed on 503 and tells Retry-After in milliseconds', async () => {
    nock(address)
      .post(/replicate/)
      .reply(503, '{}', { 'Retry-After': '7' });
    expect(failureOf(await peerWith().replicate(batch))).to.include({ kind: 'failed', retryAfterMs: 7000 });
  });

  it('answers cut when the answer is no receipt', async () => {
    nock(address)
      .post(/replicate/)
      .reply(200, 'not json', { 'X-Stream-Position': 'none' });
    expect(failureOf(await peerWith().replicate(batch)).kind).to.equal('cut');
  });

  it('answers cut when the position is missing', async () => {
    nock(address)
      .post(/replicate/)
      .reply(200, writeReceipt([]));
    expect(failureOf(await peerWith().replicate(batch)).kind).to.equal('cut');
  });

  it('answers cut when the answer exceeds the limit', async () => {
    nock(address)
      .post(/replicate/)
      .reply(200, 'x'.repeat(2000), { 'X-Stream-Position': 'none' });
    expect(failureOf(await peerWith({ answerLimitBytes: 1000 }).replicate(batch)).kind).to.equal('cut');
  });

  it('answers unreachable after close', async () => {
    const peer = peerWith();
    peer.close();
    nock(address)
      .post(/replicate/)
      .reply(200, '{}');
    expect(failureOf(await peer.replicate(batch)).kind).to.equal('unreachable');
  });

  it('signs in once, and once more when the peer answers 401', async () => {
    let assertions = 0;
    const tokens = createTokenSource({
      tokenUrl: `${address}/auth/token`,
      scope: 'system/*.cruds',
      sign: (audience) => `${audience} ${(assertions += 1)}`,
      clock: { now: () => 1_000_000 },
      timeoutMs: 1000,
    });
    const signIn = nock(address).post('/auth/token');
    signIn.reply(200, { access_token: 'first', expires_in: 300 });
    nock(address).post('/auth/token').reply(200, { access_token: 'second', expires_in: 300 });
    const stale = nock(address, { reqheaders: { authorization: 'Bearer first' } })
      .post(/replicate/)
      .reply(401, '{}');
    const fresh = nock(address, { reqheaders: { authorization: 'Bearer second' } })
      .post(/replicate/)
      .twice()
      .reply(200, writeReceipt([]), { 'X-Stream-Position': 'none' });
    const peer = peerWith({ tokens });
    expect(valueOf(await peer.replicate(batch)).taken).to.equal(true);
    expect(valueOf(await peer.replicate(batch)).taken).to.equal(true);
    stale.done();
    fresh.done();
    expect(assertions).to.equal(2);
  });

  it('answers denied when sign-in is refused', async () => {
    const tokens = createTokenSource({
      tokenUrl: `${address}/auth/token`,
      scope: 'system/*.cruds',
      sign: () => 'assertion',
      clock: { now: () => 0 },
      timeoutMs: 1000,
    });
    nock(address).post('/auth/token').reply(401, { error: 'invalid_client' });
    expect(failureOf(await peerWith({ tokens }).replicate(batch)).kind).to.equal('denied');
  });
});

describe('token source', () => {
  interceptRequests();

  it('renews a token shortly before it expires', async () => {
    let nowMs = 0;
    const tokens = createTokenSource({
      tokenUrl: `${address}/auth/token`,
      scope: 'system/*.cruds',
      sign: () => 'assertion',
      clock: { now: () => nowMs },
      timeoutMs: 1000,
    });
    nock(address).post('/auth/token').reply(200, { access_token: 'a', expires_in: 60 });
    nock(address).post('/auth/token').reply(200, { access_token: 'b', expires_in: 60 });
    expect(await tokens.token()).to.equal('a');
    nowMs = 49_000;
    expect(await tokens.token()).to.equal('a');
    nowMs = 51_000;
    expect(await tokens.token()).to.equal('b');
  });
});

describe('http peer on a real connection', () => {
  let server: Server;
  let url: string;
  let serve: Parameters<typeof createServer>[1];

  beforeEach(async () => {
    server = createServer((request, response) => serve?.(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('answers cut when the connection breaks in the middle of the answer', async () => {
    serve = (request, response) => {
      request.resume();
      response.writeHead(200, { 'Content-Length': '1000', 'X-Stream-Position': 'none' });
      response.write('{"resourceType"', () => response.destroy());
    };
    expect(failureOf(await peerWith({ url }).replicate(batch)).kind).to.equal('cut');
  });

  it('answers timeout also when garbage is collected before that', async () => {
    serve = (request) => request.resume();
    const answer = peerWith({ url, timeoutMs: 300 }).replicate(batch);
    const late = setTimeout(() => server.closeAllConnections(), 1500);
    for (let n = 0; n < 5; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      collectGarbage();
    }
    expect(failureOf(await answer).kind).to.equal('timeout');
    clearTimeout(late);
  });

  it('answers cut when the connection breaks before the answer', async () => {
    serve = (request) => request.socket.destroy();
    expect(failureOf(await peerWith({ url }).replicate(batch)).kind).to.equal('cut');
  });

  it('answers unreachable when nobody listens', async () => {
    await new Promise((resolve) => server.close(resolve));
    expect(failureOf(await peerWith({ url }).replicate(batch)).kind).to.equal('unreachable');
  });

  it('packs a large body with gzip', async () => {
    const chunks: Buffer[] = [];
    serve = (request, response) => {
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(200, { 'X-Stream-Position': 'none' });
        response.end(writeReceipt([]));
      });
    };
    const text = JSON.stringify({ resourceType: 'Bundle', note: 'x'.repeat(5000) });
    await peerWith({ url, gzipLevel: 1 }).replicate({ ...batch, text });
    expect(gunzipSync(Buffer.concat(chunks)).toString()).to.equal(text);
  });
});

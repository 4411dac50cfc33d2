import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { openFhirClient } from '../../src/adapters/peer/fhir-client.js';
import { findInputFiles } from '../../src/cli/load/input-files.js';
import { loadFiles } from '../../src/cli/load/load-files.js';
import type { LoadTotals } from '../../src/cli/load/load-units.js';

interface Seen {
  readonly requestId: string;
  readonly text: string;
}
type Entry = { resource: { resourceType: string; id?: string }; request: { method: string; url: string } };

const entriesOf = (text: string): Entry[] => (JSON.parse(text) as { entry: Entry[] }).entry;
const bundle = (type: string, ...resources: readonly object[]): string =>
  JSON.stringify({
    resourceType: 'Bundle',
    type,
    entry: resources.map((resource) => ({ resource, request: { method: 'POST', url: 'Basic' } })),
  });

describe('loadFiles', () => {
  let folder: string;
  let server: Server;
  let base: string;
  let seen: Seen[];
  let waits: number[];
  let answer: (seen: Seen, response: ServerResponse) => void;

  /** As a server does that accepts everything. */
  function acceptAll({ text }: Seen, response: ServerResponse): void {
    const entry = entriesOf(text).map(({ resource }) => ({
      response: { status: '201 Created', location: `${resource.resourceType}/x/_history/1` },
    }));
    send(response, 200, { resourceType: 'Bundle', type: 'batch-response', entry });
  }

  function send(response: ServerResponse, status: number, body: object): void {
    response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(body));
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'load-'));
    [seen, waits, answer] = [[], [], acceptAll];
    server = createServer((request: IncomingMessage, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const row = {
          requestId: String(request.headers['x-request-id']),
          text: Buffer.concat(parts).toString('utf8'),
        };
        seen.push(row);
        answer(row, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
  });

  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const put = (name: string, text: string | Buffer): void => writeFileSync(join(folder, name), text);

  async function load(): Promise<LoadTotals> {
    return loadFiles({
      files: await findInputFiles([folder]),
      parallel: 2,
      target: {
        client: openFhirClient(base),
        patienceMs: 60_000,
        wait: (ms) => {
          waits.push(ms);
          return Promise.resolve();
        },
      },
    });
  }

  it('sends batch Bundles first, then by what refers to what', async () => {
    put('a.ndjson', '{"resourceType":"Observation","id":"o"}\n');
    put('b.json', bundle('transaction', { resourceType: 'Condition' }));
    put('c.ndjson.gz', gzipSync('{"resourceType":"Patient","id":"p"}\n'));
    put('d.ndjson', '{"resourceType":"Organization","id":"g"}\n');
    put('z.json.gz', gzipSync(bundle('batch', { resourceType: 'Location' })));
    put('note.txt', 'no FHIR');
    await load();
    const types = seen.map(({ text }) => entriesOf(text)[0]?.resource.resourceType);
    expect(types.slice(0, 3)).to.deep.equal(['Location', 'Organization', 'Patient']);
    expect(types.slice(3)).to.have.members(['Observation', 'Condition']);
  });

  it('makes a batch of lines, PUT where there is an id, and keeps the digits of decimals', async () => {
    put('a.ndjson', '{"resourceType":"Basic","id":"1","x":6.10}\n\n{"resourceType":"Basic"}\n');
    const { accepted, refused } = await load();
    expect(seen[0]?.text).to.include('"x":6.10');
    expect(entriesOf(seen[0]?.text ?? '').map(({ request }) => request)).to.deep.equal([
      { method: 'PUT', url: 'Basic/1' },
      { method: 'POST', url: 'Basic' },
    ]);
    expect([...accepted]).to.deep.equal([['Basic', 2]]);
    expect(refused).to.deep.equal([]);
  });

  it('gives the same content the same X-Request-ID in a second load, and other content another', async () => {
    put('a.json', bundle('transaction', { resourceType: 'Basic' }));
    put('b.json', bundle('transaction', { resourceType: 'Basic', id: '2' }));
    await load();
    await load();
    const ids = seen.map(({ requestId }) => requestId).sort();
    expect(ids[0]).to.equal(ids[1]);
    expect(ids[2]).to.equal(ids[3]);
    expect(ids[1]).not.to.equal(ids[2]);
  });

  it('repeats a request that was cut off or put off, with the same X-Request-ID, no sooner than asked', async () => {
    put('a.json', bundle('transaction', { resourceType: 'Basic' }));
    answer = (row, response) => {
      if (seen.length === 1) response.destroy();
      else if (seen.length === 2) response.writeHead(503, { 'retry-after': '7' }).end('{}');
      else acceptAll(row, response);
    };
    const { accepted } = await load();
    expect(new Set(seen.map(({ requestId }) => requestId)).size).to.equal(1);
    expect(seen).to.have.length(3);
    expect(waits[1]).to.equal(7000);
    expect(accepted.get('Basic')).to.equal(1);
  });

  it('rejects when the server stays away for longer than the patience', async () => {
    put('a.json', bundle('transaction', { resourceType: 'Basic' }));
    answer = (_row, response) => response.destroy();
    const failure = await load().catch((error: unknown) => error);
    expect(failure).to.be.an('error').with.property('message').that.includes('no answer within 60 s');
  });

  it('names a refused file and a refused entry with the reason, and goes on with the rest', async () => {
    put('bad.json', bundle('transaction', { resourceType: 'Basic', id: 'bad' }));
    put('broken.json', '{"resourceType":"Patient","name":"Wang"');
    put('good.json', bundle('transaction', { resourceType: 'Basic', id: 'good' }));
    put('rows.ndjson', '{"resourceType":"Basic","id":"1"}\n{"resourceType":"Basic","id":"2"}\n');
    const outcome = { resourceType: 'OperationOutcome', issue: [{ diagnostics: 'status is required' }] };
    answer = (row, response) => {
      if (row.text.includes('"bad"')) send(response, 422, outcome);
      else if (row.text.includes('"2"')) {
        const entry = [
          { response: { status: '200 OK', location: 'Basic/1/_history/1' } },
          { response: { status: '422', outcome } },
        ];
        send(response, 200, { resourceType: 'Bundle', entry });
      } else acceptAll(row, response);
    };
    const { accepted, refused } = await load();
    expect(refused).to.have.members([
      'bad.json: 422 status is required',
      'broken.json: not readable as JSON',
      'rows.ndjson line 2: 422 status is required',
    ]);
    expect(accepted.get('Basic')).to.equal(2);
  });

  it('sends what was refused once more when the rest is through, and counts it once', async () => {
    put('a.json', bundle('transaction', { resourceType: 'Basic', id: 'refers' }));
    put('b.json', bundle('transaction', { resourceType: 'Basic', id: 'target' }));
    answer = (row, response) => {
      const known = seen.some(({ text }) => text.includes('target'));
      const last = seen.filter(({ text }) => text.includes('refers')).length > 1;
      if (row.text.includes('refers') && !(known && last))
        send(response, 422, { issue: [{ code: 'not-found' }] });
      else acceptAll(row, response);
    };
    const { accepted, refused } = await load();
    expect(refused).to.deep.equal([]);
    expect(accepted.get('Basic')).to.equal(2);
  });
});

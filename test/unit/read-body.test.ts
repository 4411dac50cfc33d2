import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { FhirError } from '../../src/fhir/fhir-error.js';
import { readBody } from '../../src/http/read-body.js';

describe('readBody', () => {
  let server: Server;
  /** Reads the next body, with 5 ms between two looks at its pace. */
  let read: Promise<{ size: number } | { error: unknown }>;
  beforeEach(async () => {
    read = new Promise((resolve) => {
      server = createServer((incoming: IncomingMessage) => {
        readBody(incoming, { limitBytes: 1_000_000, paceMs: 5 }).then(
          ({ length: size }) => resolve({ size }),
          (error: unknown) => resolve({ error }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const begin = (bytes: number) => {
    const { port } = server.address() as AddressInfo;
    const outgoing = request({ port, method: 'POST', headers: { 'Content-Length': '200000' } });
    outgoing.on('error', () => undefined);
    outgoing.write(Buffer.alloc(bytes));
    return outgoing;
  };

  it('gives up a large body that stops coming', async () => {
    begin(100_000);
    const result = await read;
    const error = 'error' in result ? result.error : undefined;
    expect(error).to.be.instanceOf(FhirError);
    expect(error).to.include({ category: 'malformed', message: 'The body came too slowly' });
  });

  it('takes one that goes on', async () => {
    begin(100_000).end(Buffer.alloc(100_000));
    expect(await read).to.deep.equal({ size: 200_000 });
  });

  it('says of a body that breaks off that it did', async () => {
    const outgoing = begin(1000);
    await new Promise((resolve) => server.once('request', resolve));
    outgoing.destroy();
    expect(await read).to.have.nested.property('error.category', 'malformed');
  });
});

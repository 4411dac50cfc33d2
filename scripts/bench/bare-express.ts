// The yardstick: a bare Express 5 with its defaults, as a process of its own. Reads its bodies from a file (one a line)
// and sends its address to the process that started it.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';

import express from 'express';

const bodies = readFileSync(process.argv[2] ?? '', 'utf8').split('\n');
const app = express();

app.get('/read/:n', (req, res) => {
  res.type('application/fhir+json').send(bodies[Number(req.params.n)] ?? '');
});
app.post('/create', express.json({ type: 'application/fhir+json', limit: '1mb' }), (_req, res) => {
  res.status(201).end();
});

const server = app.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

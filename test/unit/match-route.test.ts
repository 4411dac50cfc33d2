import { expect } from 'chai';

import { createMatchRoute } from '../../src/http/match-route.js';
import type { Route } from '../../src/http/route.js';

const route = (method: Route['method'], path: string): Route => ({
  method,
  path,
  interaction: 'operation',
  permission: 'open',
  body: 'none',
  handler: () => ({ status: 200, body: '', headers: [] }),
});

const match = createMatchRoute([
  route('GET', '/:type'),
  route('POST', '/:type'),
  route('GET', '/:type/:id'),
  route('GET', '/:type/:id/_history'),
  route('POST', '/Patient/$match'),
  route('POST', '/Person/:id/$merge'),
  route('POST', '/$replicate'),
]);

const pathsOf = (path: string): unknown =>
  [...(match(path)?.routes.values() ?? [])].map(({ method, path: own }) => `${method} ${own}`);

describe('match-route', () => {
  it('finds an operation of a type and tells the type', () => {
    expect(pathsOf('Patient/$match')).to.deep.equal(['POST /Patient/$match']);
    expect(match('Patient/$match')).to.include({ type: 'Patient', id: '' });
  });

  it('finds an operation of an instance with its type and id', () => {
    expect(match('Person/p1/$merge')).to.include({ type: 'Person', id: 'p1' });
    expect(match('Patient/p1/$merge')).to.equal(undefined);
  });

  it('leaves every other path of such a type to the routes of all types', () => {
    expect(pathsOf('Patient')).to.deep.equal(['GET /:type', 'POST /:type']);
    expect(match('Patient')).to.include({ type: 'Patient', id: '' });
    expect(match('Patient/p1')).to.include({ type: 'Patient', id: 'p1' });
    expect(match('Person/p1/_history')).to.include({ type: 'Person', id: 'p1' });
    expect(match('Observation/$match')).to.include({ type: 'Observation', id: '$match' });
  });

  it('knows no type in an operation of the system', () => {
    expect(match('$replicate')).to.include({ type: '', id: '' });
    expect(match('')).to.equal(undefined);
    expect(match('Patient//')).to.equal(undefined);
  });
});

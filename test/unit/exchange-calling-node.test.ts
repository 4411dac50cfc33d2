import { expect } from 'chai';

import { makePrincipal } from '../../src/auth/principal.js';
import { callingNode } from '../../src/http/calling-node.js';

const principal = (kind: 'system' | 'node' | 'anonymous') =>
  makePrincipal({ id: 'county', kind, source: 'county', scopes: [] });

describe('callingNode', () => {
  it('is the node that signed in, whatever the header says', () => {
    expect(callingNode(principal('node'), { 'x-node-id': 'city' })).to.equal('county');
  });

  it('is what the header says where nobody signs in', () => {
    expect(callingNode(principal('anonymous'), { 'x-node-id': 'city' })).to.equal('city');
  });

  it('refuses a system that is no node, and a caller without a name', () => {
    expect(() => callingNode(principal('system'), { 'x-node-id': 'city' })).to.throw(/peer node/);
    expect(() => callingNode(principal('anonymous'), {})).to.throw(/peer node/);
  });
});

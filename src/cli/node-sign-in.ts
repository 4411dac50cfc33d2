import { createPublicKey } from 'node:crypto';

import { createHttpPeer } from '../adapters/peer/http-peer.js';
import { createTokenSource } from '../adapters/peer/token-source.js';
import { systemClock } from '../adapters/system/clock.js';
import { createAuthenticator, createOpenAuthenticator, type Authenticator } from '../auth/authenticator.js';
import { readPrivateKey, signClientAssertion } from '../auth/client-assertion.js';
import type { ClientRegistration } from '../auth/client-registry.js';
import type { Config, PeerConfig } from '../config/config.js';
import type { Ids } from '../ports/ids.js';
import type { Peer } from '../ports/peer.js';

/** A client of each peer, which signs in with this node's key. */
export function createPeers({ node, exchange, auth }: Config, ids: Ids): Peer[] {
  const key = node.privateKey === undefined ? undefined : readPrivateKey(node.privateKey);
  const { parent, children, timeoutMs, gzipLevel } = exchange;
  return [...(parent ? [parent] : []), ...children].map(({ id, url }) => {
    const tokens =
      auth.mode === 'none' || !key
        ? undefined
        : createTokenSource({
            tokenUrl: `${url}/auth/token`,
            scope: peerScope,
            clock: systemClock,
            timeoutMs,
            sign: (audience) =>
              signClientAssertion({
                clientId: node.id,
                audience,
                key,
                keyId: node.keyId,
                jti: ids.uuid(),
                nowMs: systemClock.now(),
              }),
          });
    return createHttpPeer({ id, url, nodeId: node.id, timeoutMs, gzipLevel, ...(tokens ? { tokens } : {}) });
  });
}

/** Peers read; what they may bring is decided by $replicate itself. */
const peerScope = 'system/*.rs';

/** Knows the configured systems, the peers, and the operators of this node by its own key. */
export function authenticatorOf(config: Config, origin: string): Authenticator {
  const { node, auth, server, exchange } = config;
  if (auth.mode === 'none') return createOpenAuthenticator(node.id);
  const peers = [...(exchange.parent ? [exchange.parent] : []), ...exchange.children];
  return createAuthenticator({
    nodeId: node.id,
    clients: [
      ...auth.clients.map((client): ClientRegistration => ({ kind: 'system', ...client })),
      ...peers.map(peerRegistration),
      ...ownRegistration(node),
    ],
    secret: auth.secret,
    tokenLifetimeSeconds: auth.tokenLifetimeSeconds,
    audiences: () => [`${server.baseUrl ?? origin}/auth/token`, `${origin}/auth/token`],
    clock: systemClock,
  });
}

const peerRegistration = ({ id, jwks }: PeerConfig): ClientRegistration => ({
  id,
  kind: 'node',
  source: id,
  scopes: [peerScope],
  jwks: jwks ?? { keys: [] },
});

/** The node's own key signs in its operators: whoever holds the key file may command this node (cli/). */
function ownRegistration({ id, privateKey, keyId }: Config['node']): ClientRegistration[] {
  if (privateKey === undefined) return [];
  const jwk = createPublicKey(readPrivateKey(privateKey)).export({ format: 'jwk' });
  return [
    { id, kind: 'system', source: id, scopes: ['system/*.cruds'], jwks: { keys: [{ ...jwk, kid: keyId }] } },
  ];
}

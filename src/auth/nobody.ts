import { makePrincipal, type Principal } from './principal.js';

/** The caller of what is open to everybody: without scopes, so that it may do nothing else. */
export const nobody: Principal = makePrincipal({ id: '', kind: 'anonymous', source: '', scopes: [] });

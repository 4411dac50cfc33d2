import { assertionAlgorithms } from './verify-assertion.js';

/** `.well-known/smart-configuration` (SMART App Launch STU2, section Conformance). `origin` like `http://127.0.0.1:8080`. */
export function smartConfiguration(origin: string): Record<string, unknown> {
  return {
    token_endpoint: `${origin}/auth/token`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    grant_types_supported: ['client_credentials'],
    scopes_supported: ['system/*.cruds', 'system/*.rs'],
    capabilities: ['client-confidential-asymmetric', 'permission-v2'],
  };
}

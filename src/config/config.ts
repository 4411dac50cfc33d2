import type { JsonWebKey } from 'node:crypto';

/** A node's configuration, checked and frozen; what the entries mean stands in config/schema.json. */
export interface Config {
  readonly node: {
    readonly id: string;
    readonly name: string;
    readonly tier: 'province' | 'city' | 'county';
    /** PEM text; absent where the node has no peers to sign in to. */
    readonly privateKey?: string;
    readonly keyId: string;
  };
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly baseUrl?: string;
    readonly bodyLimitBytes: number;
    readonly admittedBytes: number;
  };
  readonly store: {
    readonly directory: string;
    readonly readers: number;
    /** Connection string of MongoDB; absent: the embedded store in `directory`. */
    readonly url?: string;
  };
  readonly auth: {
    /** `none` only by --no-auth on a loopback address. */
    readonly mode: 'smart' | 'none';
    /** '' in mode `none`. */
    readonly secret: string;
    readonly tokenLifetimeSeconds: number;
    readonly clients: readonly ClientConfig[];
  };
  readonly directory: { readonly owner: 'self' | 'parent' };
  /** `self`: this node is the identity domain of its region and makes Persons; `off`: it keeps no person index. */
  readonly mpi: { readonly domain: 'self' | 'elsewhere' | 'off' };
  readonly search: { readonly defaultCount: number; readonly maxCount: number };
  readonly exchange: {
    readonly parent?: PeerConfig;
    readonly children: readonly PeerConfig[];
    readonly policy: { readonly up: PolicyConfig; readonly down: PolicyConfig };
    readonly batchBytes: number;
    readonly timeoutMs: number;
    readonly gzipLevel: number;
  };
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent' };
}

export interface Jwks {
  readonly keys: readonly JsonWebKey[];
}

export interface ClientConfig {
  readonly id: string;
  readonly source: string;
  readonly idPrefix?: string;
  readonly scopes: readonly string[];
  readonly jwks: Jwks;
}

export interface PeerConfig {
  readonly id: string;
  readonly url: string;
  readonly owners: readonly string[];
  /** Absent where the network runs without sign-in. */
  readonly jwks?: Jwks;
}

export interface PolicyConfig {
  readonly types?: readonly string[];
  readonly excludeTypes: readonly string[];
  readonly withholdLabels: readonly string[];
}

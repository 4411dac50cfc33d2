import type { Permission } from '../auth/scope.js';
import type { Answer, Call } from './call.js';

/** Codes of http://hl7.org/fhir/R4/valueset-type-restful-interaction.html and system-restful-interaction; `operation` for the rest. */
export type InteractionCode =
  | 'capabilities'
  | 'read'
  | 'vread'
  | 'update'
  | 'conditional-update'
  | 'delete'
  | 'conditional-delete'
  | 'create'
  | 'search-type'
  | 'history-instance'
  | 'history-type'
  | 'history-system'
  | 'transaction'
  | 'operation';

/** One row of the route table: router and CapabilityStatement are made from it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base; `:type`, `:id` and `:versionId` stand for a segment. An operation of one type begins with its name. */
  readonly path: string;
  readonly interaction: InteractionCode;
  /** Scope needed on the type in the path (`*` where there is none); `open`: without sign-in; `inside`: the handler asks. */
  readonly permission: Permission | 'open' | 'inside';
  readonly body: 'none' | 'json' | 'form';
  /** Largest body where it is less than the node's; for what is read on this thread. */
  readonly bodyLimitBytes?: number;
  /** A repeat with the same X-Request-ID is to be recognised; always so of the interactions that write. */
  readonly once?: true;
  /** Canonical URL of an operation's definition; made of its name where absent. */
  readonly definition?: string;
  readonly handler: (call: Call) => Answer | Promise<Answer>;
}

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
  /** Below the base; `:type`, `:id` and `:versionId` stand for a segment. */
  readonly path: string;
  readonly interaction: InteractionCode;
  /** Scope needed on the type in the path (`*` where there is none); `open`: without sign-in; `inside`: the handler asks. */
  readonly permission: Permission | 'open' | 'inside';
  readonly body: 'none' | 'json' | 'form';
  readonly handler: (call: Call) => Answer | Promise<Answer>;
}

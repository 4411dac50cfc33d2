/** Issue codes that this server uses, from http://hl7.org/fhir/R4/valueset-issue-type.html. */
export type IssueCode =
  | 'structure'
  | 'invalid'
  | 'required'
  | 'value'
  | 'invariant'
  | 'code-invalid'
  | 'not-supported'
  | 'login'
  | 'forbidden'
  | 'not-found'
  | 'deleted'
  | 'conflict'
  | 'multiple-matches'
  | 'duplicate'
  | 'business-rule'
  | 'too-long'
  | 'too-costly'
  | 'throttled'
  | 'exception'
  | 'transient'
  | 'informational';

/**
 * One entry of an OperationOutcome. `diagnostics` must never quote a name, an identifier or a body;
 * `expression` is a FHIRPath place such as `Patient.contact[1].gender`.
 */
export interface Issue {
  readonly severity: 'error' | 'warning' | 'information';
  readonly code: IssueCode;
  readonly diagnostics: string;
  readonly expression?: string;
}

/** Source of identifiers; injected, so that tests decide them. */
export interface Ids {
  /** A UUID of version 7 (RFC 9562), for resources and requests. */
  uuid(): string;
}

/** An error answer of the token endpoint (RFC 6749, section 5.2). */
export class OAuthError extends Error {
  readonly code: 'invalid_request' | 'invalid_client' | 'invalid_scope' | 'unsupported_grant_type';
  readonly status: 400 | 401;
  /** Client that the request names, where it is a registered one. */
  readonly clientId: string | undefined;

  constructor(code: OAuthError['code'], description: string, clientId?: string) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
    this.status = code === 'invalid_client' ? 401 : 400;
    this.clientId = clientId;
  }
}

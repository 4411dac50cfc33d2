/** Access tokens for one peer. */
export interface TokenSource {
  /** A token that is still good for a while, from the cache or a new sign-in. Rejects with an Error that says why there is none. */
  token(): Promise<string>;
  /** The peer has refused this token: the next `token` signs in again. */
  discard(token: string): void;
}

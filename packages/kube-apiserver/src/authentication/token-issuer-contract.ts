/** Makes service account tokens (KEP-1205, KEP-2799). */
export interface TokenRequestParameters {
  readonly namespace: string;
  readonly name: string;
  /** uid of the ServiceAccount. */
  readonly uid: string;
  /** Empty: the server's own audiences. */
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** Seconds after which the token should have been replaced, though it goes on working. */
  readonly warnAfterSeconds?: number;
  /** The token dies with this object. */
  readonly boundObject?: { readonly kind: 'Pod' | 'Secret' | 'Node'; readonly name: string; readonly uid: string };
  /** The node of the bound pod, for the node claim. */
  readonly node?: { readonly name: string; readonly uid?: string };
}
export interface IssuedToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The `jti` claim. */
  readonly id: string;
}
export interface TokenIssuer {
  issue(parameters: TokenRequestParameters): Promise<IssuedToken>;
  /** A legacy token without expiry, for Secrets of type kubernetes.io/service-account-token. */
  issueForSecret(parameters: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly secretName: string;
  }): Promise<string>;
}

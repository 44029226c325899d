/** Who makes a request. The group and extra names are Kubernetes' own. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What an authenticator may look at. */
export interface Credentials {
  /** The bearer token of the Authorization header, or of a WebSocket subprotocol. */
  readonly bearerToken?: string;
  /** The verified client certificate, if the connection has one. */
  readonly certificate?: {
    readonly commonName: string;
    readonly organizations: readonly string[];
    readonly fingerprint: string;
  };
}

/** One file each. Answers undefined when the credentials are not of its kind; throws ApiError Unauthorized when they are bad. */
export interface Authenticator {
  readonly name: string;
  authenticate(credentials: Credentials, signal: AbortSignal): Promise<UserInfo | undefined>;
}

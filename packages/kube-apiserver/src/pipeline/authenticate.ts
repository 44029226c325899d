import { errors } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import type { HttpRequest, Peer } from '@steersman/server';
import type { Authenticator, Credentials, UserInfo } from '../authentication/contract.ts';
import type { RequestHeaderAuthenticator } from '../authentication/request-header.ts';
import type { Exchange, Outcome, Stage } from './exchange.ts';

/** How long an accepted credential is believed without asking again, milliseconds: upstream's token cache. */
const CREDENTIAL_CACHE_MS = 10_000;
/** Remembered credentials; beyond it the cache starts anew, so that garbage tokens cannot fill memory. */
const CREDENTIALS_MAX = 20_000;
const ALL_AUTHENTICATED = 'system:authenticated';
const WEBSOCKET_TOKEN_PREFIX = 'base64url.bearer.authorization.k8s.io.';

export const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

export interface AuthenticateOptions {
  readonly authenticators: readonly Authenticator[];
  readonly anonymous: boolean;
  /** The only paths that anonymous requests reach; all when absent. */
  readonly anonymousPaths?: readonly string[] | undefined;
  /** Believes proxies in front of the server. */
  readonly requestHeader?: RequestHeaderAuthenticator | undefined;
  /** Whether a verified certificate is a client's; all are when absent. */
  readonly isClient?: ((chain: readonly Uint8Array[], nowMs: number) => boolean) | undefined;
  readonly clock: Clock;
  /** Calls inside the process carry their user with them. */
  readonly processUsers: WeakMap<Peer, UserInfo>;
}

interface Remembered {
  readonly user: UserInfo;
  readonly until: number;
}

/** Finds out who asks. The same credential yields the same UserInfo value while it is remembered, so that later stages can cache by it. */
export function authenticateStage(options: AuthenticateOptions): Stage {
  const byToken = new Map<string, Remembered>();
  const byPeer = new WeakMap<Peer, Remembered>();
  return (exchange): Outcome | Promise<Outcome> => {
    const { request } = exchange;
    const processUser = options.processUsers.get(request.peer);
    if (processUser !== undefined) return accept(exchange, processUser);
    const proxied = options.requestHeader?.(request, options.clock.now());
    if (proxied !== undefined) return accept(exchange, withGroup(proxied));
    const now = options.clock.monotonic();
    const token = bearerToken(request);
    const known = token === undefined ? byPeer.get(request.peer) : byToken.get(token);
    if (known !== undefined && known.until > now) return accept(exchange, known.user);
    return decide(request, token, options).then((user) => {
      const entry = { user: keepIdentity(known?.user, user), until: now + CREDENTIAL_CACHE_MS };
      if (!isRemembered(user, options)) return accept(exchange, user);
      if (token === undefined) byPeer.set(request.peer, entry);
      else {
        if (byToken.size >= CREDENTIALS_MAX) byToken.clear();
        byToken.set(token, entry);
      }
      return accept(exchange, entry.user);
    });
  };
}

/** Anonymous requests may be kept to some paths, so what was decided about one path says nothing about another. */
function isRemembered(user: UserInfo, { anonymousPaths }: AuthenticateOptions): boolean {
  return user !== ANONYMOUS || anonymousPaths === undefined;
}

function accept(exchange: Exchange, user: UserInfo): Outcome {
  exchange.user = user;
  return 'next';
}

async function decide(
  request: HttpRequest,
  token: string | undefined,
  options: AuthenticateOptions,
): Promise<UserInfo> {
  const { certificate } = request.peer;
  const credentials: Credentials = {
    ...(token === undefined ? {} : { bearerToken: token }),
    ...(isClientCertificate(certificate, options) ? { certificate } : {}),
  };
  for (const authenticator of options.authenticators) {
    const user = await authenticator.authenticate(credentials, request.signal);
    if (user !== undefined) return withGroup(user);
  }
  // A credential that nobody accepts is an error; having none makes the request anonymous.
  if (token !== undefined || !options.anonymous) throw errors.unauthorized();
  if (options.anonymousPaths?.includes(request.path) === false) throw errors.unauthorized();
  return ANONYMOUS;
}

function isClientCertificate(
  certificate: Peer['certificate'],
  { clock, isClient }: AuthenticateOptions,
): certificate is NonNullable<Peer['certificate']> {
  const now = clock.now();
  if (certificate?.verified !== true || certificate.notAfter <= now) return false;
  return isClient === undefined || isClient(certificate.chain?.() ?? [], now);
}

function withGroup(user: UserInfo): UserInfo {
  if (user.groups.includes(ALL_AUTHENTICATED) || user.groups.includes('system:unauthenticated')) return user;
  return { ...user, groups: [...user.groups, ALL_AUTHENTICATED] };
}

function keepIdentity(before: UserInfo | undefined, now: UserInfo): UserInfo {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

/** From the Authorization header, or from the WebSocket subprotocol that browsers have to use. */
function bearerToken(request: HttpRequest): string | undefined {
  const header = request.headers['authorization'];
  if (header !== undefined) {
    const space = header.indexOf(' ');
    if (space === -1 || header.slice(0, space).toLowerCase() !== 'bearer') return undefined;
    const token = header.slice(space + 1).trim();
    return token === '' ? undefined : token;
  }
  const protocols = request.headers['sec-websocket-protocol'];
  if (protocols === undefined || !protocols.includes(WEBSOCKET_TOKEN_PREFIX)) return undefined;
  const carrier = protocols
    .split(',')
    .map((protocol) => protocol.trim())
    .find((protocol) => protocol.startsWith(WEBSOCKET_TOKEN_PREFIX));
  return carrier === undefined
    ? undefined
    : Buffer.from(carrier.slice(WEBSOCKET_TOKEN_PREFIX.length), 'base64url').toString();
}

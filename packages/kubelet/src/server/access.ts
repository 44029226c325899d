import type { Client } from '@steersman/client';
import type { Clock } from '@steersman/machinery';
import type { KubeletAccess, KubeletAccessControl, KubeletUser } from './contract.ts';

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const under = (path: string, root: string) => path === root || path.startsWith(`${root}/`);

/**
 * The node subresources any of which allows the request, the finest first (upstream's kubelet authorization, KEP-2862).
 */
export function accessesOf(method: string, path: string): readonly KubeletAccess[] {
  const verb = verbs[method] ?? '';
  const access = (subresource: string): KubeletAccess => ({ verb, subresource, path });
  if (under(path, '/stats')) return [access('stats')];
  if (under(path, '/metrics')) return [access('metrics')];
  if (under(path, '/logs')) return [access('log')];
  if (under(path, '/configz')) return [access('configz'), access('proxy')];
  if (under(path, '/healthz')) return [access('healthz'), access('proxy')];
  if (under(path, '/pods') || under(path, '/runningpods')) return [access('pods'), access('proxy')];
  return [access('proxy')];
}

/** Answers are remembered this long; upstream's kubelet configuration defaults. */
const AUTHENTICATED_TTL_MS = 120_000;
const ALLOWED_TTL_MS = 300_000;
const REFUSED_TTL_MS = 30_000;
/** So that requests with made-up tokens cannot fill the memory. */
const ANSWERS_MAX = 1_024;

/** Remembers answers for a time. */
function remembering<V>(clock: Clock, ttlMs: (value: V) => number): (key: string, ask: () => Promise<V>) => Promise<V> {
  const answers = new Map<string, { readonly value: V; readonly until: number }>();
  return async (key, ask) => {
    const known = answers.get(key);
    if (known !== undefined && known.until > clock.monotonic()) return known.value;
    const value = await ask();
    answers.delete(key);
    if (answers.size >= ANSWERS_MAX) answers.delete(answers.keys().next().value!);
    answers.set(key, { value, until: clock.monotonic() + ttlMs(value) });
    return value;
  };
}

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: { username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> };
  };
}
interface SubjectAccessReview {
  readonly status?: { readonly allowed?: boolean };
}

export interface DelegatedAccessOptions {
  readonly client: Client;
  readonly nodeName: string;
  readonly clock: Clock;
}

/**
 * Client certificates of the cluster's CA, bearer tokens by TokenReview, and access by SubjectAccessReview on the
 * node's subresources.
 */
export function delegatedAccess({ client, nodeName, clock }: DelegatedAccessOptions): KubeletAccessControl {
  const users = remembering<KubeletUser | undefined>(clock, (user) => (user ? AUTHENTICATED_TTL_MS : REFUSED_TTL_MS));
  const decisions = remembering<boolean>(clock, (allowed) => (allowed ? ALLOWED_TTL_MS : REFUSED_TTL_MS));

  async function reviewToken(token: string): Promise<KubeletUser | undefined> {
    const review = await client.json<TokenReview>('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    });
    const user = review.status?.user;
    if (review.status?.authenticated !== true || user === undefined) return undefined;
    return {
      name: user.username ?? '',
      groups: user.groups ?? [],
      ...(user.uid !== undefined && { uid: user.uid }),
      ...(user.extra !== undefined && { extra: user.extra }),
    };
  }

  async function reviewAccess(user: KubeletUser, access: KubeletAccess): Promise<boolean> {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const review = await client.json<SubjectAccessReview>('POST', path, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: user.name,
        uid: user.uid,
        groups: user.groups,
        extra: user.extra,
        resourceAttributes: {
          verb: access.verb,
          version: 'v1',
          resource: 'nodes',
          subresource: access.subresource,
          name: nodeName,
        },
      },
    });
    return review.status?.allowed === true;
  }

  return {
    async authenticate({ certificate, bearerToken }) {
      if (certificate !== undefined) {
        return { name: certificate.commonName, groups: [...certificate.organizations, 'system:authenticated'] };
      }
      return bearerToken === undefined ? undefined : users(bearerToken, () => reviewToken(bearerToken));
    },
    authorize(user, access) {
      const key = JSON.stringify([user.name, user.groups, user.extra, access.verb, access.subresource]);
      return decisions(key, () => reviewAccess(user, access));
    },
  };
}

/** For kubelets called in the same process by an API server that has authorized the request already. */
export const inProcessAccess: KubeletAccessControl = {
  authenticate: async () => ({ name: 'system:apiserver', groups: ['system:masters'] }),
  authorize: async () => true,
};

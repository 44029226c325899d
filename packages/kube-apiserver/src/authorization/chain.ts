import type { ResourceCache } from '../cache/resource-cache.ts';
import type { SyncAuthorizer } from '../pipeline/authorize.ts';
import type { Attributes, Authorizer, Decision } from './contract.ts';
import { nodeAuthorizer } from './node.ts';
import type { RbacAuthorizer } from './rbac.ts';

const MASTERS = 'system:masters';

export interface ChainOptions {
  /** Upstream's names, in order: Node, RBAC, AlwaysAllow, AlwaysDeny. */
  readonly modes: readonly string[];
  readonly rbac: RbacAuthorizer;
  /** For the Node authorizer. */
  readonly pods: ResourceCache;
  /** Paths that anybody may read, such as health endpoints. */
  readonly alwaysAllowPaths: readonly string[];
  readonly extra?: readonly Authorizer[];
}

/** All configured authorizers in order; the first that has an opinion decides. system:masters may do everything. */
export function authorizerChain(options: ChainOptions): SyncAuthorizer {
  const deciders = options.modes.map((mode) => deciderFor(mode, options));
  const open = new Set(options.alwaysAllowPaths);
  const decide = (attributes: Attributes): Decision | Promise<Decision> => {
    if (attributes.user.groups.includes(MASTERS)) return { kind: 'allow', reason: '' };
    if (attributes.path !== undefined && open.has(attributes.path)) return { kind: 'allow', reason: '' };
    for (const decider of deciders) {
      const decision = decider(attributes);
      if (decision.kind !== 'no-opinion') return decision;
    }
    if (options.extra === undefined || options.extra.length === 0) return { kind: 'no-opinion', reason: '' };
    return askExtra(options.extra, attributes);
  };
  return { name: 'union', decide, authorize: async (attributes) => decide(attributes) };
}

async function askExtra(authorizers: readonly Authorizer[], attributes: Attributes): Promise<Decision> {
  for (const authorizer of authorizers) {
    const decision = await authorizer.authorize(attributes);
    if (decision.kind !== 'no-opinion') return decision;
  }
  return { kind: 'no-opinion', reason: '' };
}

function deciderFor(mode: string, { rbac, pods }: ChainOptions): (attributes: Attributes) => Decision {
  switch (mode) {
    case 'AlwaysAllow':
      return () => ({ kind: 'allow', reason: '' });
    case 'Node':
      return nodeAuthorizer(rbac, pods);
    case 'RBAC':
      return (attributes) => rbac.decide(attributes);
    default:
      return () => ({ kind: 'deny', reason: 'Everything is forbidden.' });
  }
}

import type { SyncAuthorizer } from '../pipeline/authorize.ts';
import type { Attributes, Authorizer, Decision } from './contract.ts';
import type { RbacAuthorizer } from './rbac.ts';

const MASTERS = 'system:masters';
const NODES = 'system:nodes';
const NODE_USER_PREFIX = 'system:node:';

export interface ChainOptions {
  /** Upstream's names, in order: Node, RBAC, AlwaysAllow, AlwaysDeny. */
  readonly modes: readonly string[];
  readonly rbac: RbacAuthorizer;
  /** Paths that anybody may read, such as health endpoints. */
  readonly alwaysAllowPaths: readonly string[];
  readonly extra?: readonly Authorizer[];
}

/** All configured authorizers in order; the first that has an opinion decides. system:masters may do everything. */
export function authorizerChain(options: ChainOptions): SyncAuthorizer {
  const deciders = options.modes.map((mode) => deciderFor(mode, options.rbac));
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

function deciderFor(mode: string, rbac: RbacAuthorizer): (attributes: Attributes) => Decision {
  switch (mode) {
    case 'AlwaysAllow':
      return () => ({ kind: 'allow', reason: '' });
    case 'Node':
      return (attributes) => nodeDecision(attributes, rbac);
    case 'RBAC':
      return (attributes) => rbac.decide(attributes);
    default:
      return () => ({ kind: 'deny', reason: 'Everything is forbidden.' });
  }
}

/**
 * Kubelets get what the bootstrap role system:node lists, without a binding. Which pods' secrets a node may read is not
 * narrowed to its own pods yet; what a node may write is the NodeRestriction admission plugin's part.
 */
function nodeDecision(attributes: Attributes, rbac: RbacAuthorizer): Decision {
  const { user } = attributes;
  if (!user.groups.includes(NODES) || !user.name.startsWith(NODE_USER_PREFIX))
    return { kind: 'no-opinion', reason: '' };
  const allowed = rbac.clusterRole('system:node').some((rule) => rule(attributes));
  return { kind: allowed ? 'allow' : 'no-opinion', reason: '' };
}

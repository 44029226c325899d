import type { ResourceCache } from '../cache/resource-cache.ts';
import type { SyncAuthorizer } from '../pipeline/authorize.ts';
import type { Attributes, Authorizer, Decision } from './contract.ts';
import { nodeAuthorizer } from './node.ts';
import type { RbacAuthorizer } from './rbac.ts';

const MASTERS = 'system:masters';

export interface ChainOptions {
  /** Upstream's names, in order: Node, RBAC, Webhook, AlwaysAllow, AlwaysDeny. */
  readonly modes: readonly string[];
  /** For the mode Webhook. */
  readonly webhook?: Authorizer;
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
    for (let index = 0; index < deciders.length; index++) {
      const decision = deciders[index]!(attributes);
      if (decision instanceof Promise) return decideLater(decision, deciders.slice(index + 1), options, attributes);
      if (decision.kind !== 'no-opinion') return decision;
    }
    if (options.extra === undefined || options.extra.length === 0) return { kind: 'no-opinion', reason: '' };
    return askExtra(options.extra, attributes);
  };
  return { name: 'union', decide, authorize: async (attributes) => decide(attributes) };
}

type Decider = (attributes: Attributes) => Decision | Promise<Decision>;

/** Goes on with the rest of the list when somebody had to be asked. */
async function decideLater(
  first: Promise<Decision>,
  rest: readonly Decider[],
  { extra = [] }: ChainOptions,
  attributes: Attributes,
): Promise<Decision> {
  const decision = await first;
  if (decision.kind !== 'no-opinion') return decision;
  for (const decider of rest) {
    const next = await decider(attributes);
    if (next.kind !== 'no-opinion') return next;
  }
  return askExtra(extra, attributes);
}

async function askExtra(authorizers: readonly Authorizer[], attributes: Attributes): Promise<Decision> {
  for (const authorizer of authorizers) {
    const decision = await authorizer.authorize(attributes);
    if (decision.kind !== 'no-opinion') return decision;
  }
  return { kind: 'no-opinion', reason: '' };
}

function deciderFor(mode: string, { rbac, pods, webhook }: ChainOptions): Decider {
  switch (mode) {
    case 'AlwaysAllow':
      return () => ({ kind: 'allow', reason: '' });
    case 'Node':
      return nodeAuthorizer(rbac, pods);
    case 'RBAC':
      return (attributes) => rbac.decide(attributes);
    case 'Webhook':
      return (attributes) => webhook?.authorize(attributes) ?? { kind: 'no-opinion', reason: '' };
    default:
      return () => ({ kind: 'deny', reason: 'Everything is forbidden.' });
  }
}

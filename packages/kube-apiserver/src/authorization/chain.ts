import type { SyncAuthorizer } from '../pipeline/authorize.ts';
import type { Attributes, Authorizer, Decision } from './contract.ts';
import { type NodeCaches, nodeAuthorizer } from './node.ts';
import type { RbacAuthorizer } from './rbac.ts';

const MASTERS = 'system:masters';
const ALLOW: Decision = { kind: 'allow', reason: '' };
const NO_OPINION: Decision = { kind: 'no-opinion', reason: '' };

export interface ChainOptions {
  /** Upstream's names, in order: Node, RBAC, Webhook, AlwaysAllow, AlwaysDeny. */
  readonly modes: readonly string[];
  /** For the mode Webhook. */
  readonly webhook?: Authorizer;
  readonly rbac: RbacAuthorizer;
  /** For the mode Node. */
  readonly nodeCaches: NodeCaches;
  /** Paths that anybody may read, such as health endpoints. */
  readonly alwaysAllowPaths: readonly string[];
  readonly extra?: readonly Authorizer[];
}

/** All configured authorizers in order; the first that has an opinion decides. system:masters may do everything. */
export function authorizerChain(options: ChainOptions): SyncAuthorizer {
  const { extra = [] } = options;
  const deciders: readonly Decider[] = [
    ...options.modes.map((mode) => deciderFor(mode, options)),
    ...extra.map((authorizer) => (attributes: Attributes) => authorizer.authorize(attributes)),
  ];
  const open = new Set(options.alwaysAllowPaths);
  const decide = (attributes: Attributes): Decision | Promise<Decision> => {
    if (attributes.user.groups.includes(MASTERS)) return ALLOW;
    if (attributes.path !== undefined && open.has(attributes.path)) return ALLOW;
    return firstOpinion(deciders, attributes);
  };
  return { name: 'union', decide, authorize: async (attributes) => decide(attributes) };
}

type Decider = (attributes: Attributes) => Decision | Promise<Decision>;

/** Answers at once as long as nobody has to be asked; those without an opinion all tell why. */
function firstOpinion(
  deciders: readonly Decider[],
  attributes: Attributes,
  reasons = '',
): Decision | Promise<Decision> {
  let told = reasons;
  for (let index = 0; index < deciders.length; index++) {
    const decision = deciders[index]!(attributes);
    if (decision instanceof Promise) return decideLater(decision, deciders.slice(index + 1), attributes, told);
    if (decision.kind !== 'no-opinion') return decision;
    told = joined(told, decision.reason);
  }
  return told === '' ? NO_OPINION : { kind: 'no-opinion', reason: told };
}

/** Goes on with the rest of the list when somebody had to be asked. */
async function decideLater(
  first: Promise<Decision>,
  rest: readonly Decider[],
  attributes: Attributes,
  reasons: string,
): Promise<Decision> {
  const decision = await first;
  if (decision.kind !== 'no-opinion') return decision;
  return firstOpinion(rest, attributes, joined(reasons, decision.reason));
}

function joined(reasons: string, reason: string): string {
  if (reason === '') return reasons;
  return reasons === '' ? reason : `${reasons}\n${reason}`;
}

function deciderFor(mode: string, { rbac, nodeCaches, webhook }: ChainOptions): Decider {
  switch (mode) {
    case 'AlwaysAllow':
      return () => ALLOW;
    case 'Node':
      return nodeAuthorizer(nodeCaches);
    case 'RBAC':
      return (attributes) => rbac.decide(attributes);
    case 'Webhook':
      return (attributes) => webhook?.authorize(attributes) ?? NO_OPINION;
    default:
      return () => ({ kind: 'no-opinion', reason: 'Everything is forbidden.' });
  }
}

import { errors } from '@steersman/api';
import type { Decision } from '../authorization/contract.ts';
import { attributesOf, type SyncAuthorizer } from './authorize.ts';
import type { Exchange, Outcome, Stage } from './exchange.ts';

const COMMANDS = new Set(['exec', 'attach', 'portforward']);

/**
 * WebSockets begin with GET, which asks for `get`; who may not `create` on the subresource, as SPDY asks for, may not do the same that way
 * (the gate AuthorizePodWebsocketUpgradeCreatePermission).
 */
export function authorizeStreamsStage(authorizer: SyncAuthorizer): Stage {
  return (exchange): Outcome | Promise<Outcome> => {
    const { group, resource, subresource, verb } = exchange.info;
    if (group !== '' || resource !== 'pods' || !COMMANDS.has(subresource) || verb === 'create') return 'next';
    const decision = authorizer.decide({ ...attributesOf(exchange), verb: 'create' });
    return decision instanceof Promise
      ? decision.then((later) => conclude(exchange, later))
      : conclude(exchange, decision);
  };
}

function conclude({ info }: Exchange, { kind, reason }: Decision): Outcome {
  if (kind === 'allow') return 'next';
  throw errors.forbidden({ group: info.group, resource: info.resource }, info.name, reason);
}

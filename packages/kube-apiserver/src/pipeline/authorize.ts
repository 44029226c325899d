import { errors } from '@steersman/api';
import type { Attributes, Authorizer, Decision } from '../authorization/contract.ts';
import type { Exchange, Outcome, Stage } from './exchange.ts';

/** Asks the authorizers whether the request may go on. */
export function authorizeStage(authorizer: SyncAuthorizer): Stage {
  return (exchange): Outcome | Promise<Outcome> => {
    const attributes = attributesOf(exchange);
    const decision = authorizer.decide(attributes);
    if (decision instanceof Promise) return decision.then((later) => conclude(exchange, attributes, later));
    return conclude(exchange, attributes, decision);
  };
}

/** An authorizer that answers at once when it can. */
export interface SyncAuthorizer extends Authorizer {
  decide(attributes: Attributes): Decision | Promise<Decision>;
}

export function attributesOf({ user, info, request }: Exchange): Attributes {
  if (!info.isResource) return { user, verb: info.verb, path: request.path };
  const { group, version, resource, subresource, namespace, name } = info;
  const target = { group, version, resource, subresource, namespace, name };
  const fieldEquals = fieldEqualsOf(request.query);
  if (fieldEquals === undefined) return { user, verb: info.verb, resource: target };
  // A list or watch of one object by its name may be granted by that name, as upstream.
  const selected = name === '' ? (fieldEquals.get('metadata.name') ?? '') : name;
  return { user, verb: info.verb, resource: { ...target, name: selected, fieldEquals } };
}

function conclude({ auditAnnotations }: Exchange, attributes: Attributes, decision: Decision): Outcome {
  if (auditAnnotations !== undefined) {
    auditAnnotations['authorization.k8s.io/decision'] = decision.kind === 'allow' ? 'allow' : 'forbid';
    auditAnnotations['authorization.k8s.io/reason'] = decision.reason;
  }
  if (decision.kind === 'allow') return 'next';
  throw forbidden(attributes, decision.reason);
}

/** Undefined without a field selector. */
function fieldEqualsOf(query: string): ReadonlyMap<string, string> | undefined {
  if (!query.includes('fieldSelector')) return undefined;
  const text = new URLSearchParams(query).get('fieldSelector') ?? '';
  const terms = text.split(',').map((term) => /^\s*([^=!\s]+)\s*==?([^=!]+)$/.exec(term));
  return new Map(terms.flatMap((term) => (term === null ? [] : [[term[1] ?? '', term[2] ?? '']])));
}

/** Upstream's sentence for a refused request. */
export function forbidden({ user, verb, resource, path }: Attributes, reason: string): Error {
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  const why = reason === '' ? '' : `: ${reason}`;
  if (resource === undefined) return errors.forbiddenPath(`forbidden: ${who} path ${JSON.stringify(path)}${why}`);
  const full = resource.subresource === '' ? resource.resource : `${resource.resource}/${resource.subresource}`;
  const what = `${who} resource ${JSON.stringify(full)} in API group ${JSON.stringify(resource.group)}`;
  const where =
    resource.namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(resource.namespace)}`;
  return errors.forbidden(
    { group: resource.group, resource: resource.resource },
    resource.name,
    `${what} ${where}${why}`,
  );
}

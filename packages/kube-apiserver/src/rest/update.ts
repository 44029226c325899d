import { errors } from '@steersman/api';
import type { Outcome } from '../pipeline/exchange.ts';
import { type AnyObject, draftOf } from '../registry/any-object.ts';
import type { UpdateView } from '../registry/engine.ts';
import { trackingOf } from '../registry/tracking.ts';
import { sendWritten } from './create.ts';
import { decodeBody } from './decode-body.ts';
import { toMain } from './defaults.ts';
import { contextFor, type ResourceRequest, type RestContext, writeParameters } from './rest-context.ts';

/** PUT of an object or of its status. */
export async function updateObject(rest: RestContext, request: ResourceRequest, view: UpdateView): Promise<Outcome> {
  const { exchange, resource, name, namespace } = request;
  const parameters = writeParameters(exchange.request.query, 'UpdateOptions');
  const warn = (text: string) => void exchange.warnings.push(text);
  const body = await decodeBody(exchange.request, resource.schema, resource.info, {
    fieldValidation: parameters.fieldValidation,
    warn,
  });
  checkName(body, name);
  const object = toMain(body, resource);
  const given = body.metadata.resourceVersion ?? '';
  // A retry edits anew, so each attempt gets its own copy.
  const copy = () => draftOf(object as never);
  const written = await rest.engine.update({
    resource: resource.main,
    key: { namespace, name },
    view,
    context: contextFor(rest, request, 'update', parameters.dryRun),
    edit: copy,
    tracking: trackingOf(exchange.request, parameters.fieldManager, request.subresource, rest.effects.clock.now()),
    admit: true,
    retry: given === '' || given === '0',
    ...(resource.strategy.allowCreateOnUpdate === true && view === 'main' ? { createIfMissing: copy } : {}),
  });
  return sendWritten(request, written);
}

export function checkName(body: AnyObject, name: string): void {
  const given = body.metadata.name ?? '';
  if (given === '') body.metadata.name = name;
  else if (given !== name)
    throw errors.badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
}

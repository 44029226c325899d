import type { Outcome } from '../pipeline/exchange.ts';
import { draftOf } from '../registry/any-object.ts';
import type { UpdateView } from '../registry/engine.ts';
import { dedupOwnerReferences } from '../registry/owner-references.ts';
import { trackingOf } from '../registry/tracking.ts';
import { checkGivenName } from './apply.ts';
import { sendWritten } from './create.ts';
import { decodeBody } from './decode-body.ts';
import { toMain } from './defaults.ts';
import { contextFor, type ResourceRequest, type RestContext, writeParameters } from './rest-context.ts';

/** PUT of an object or of its status. */
export async function updateObject(rest: RestContext, request: ResourceRequest, view: UpdateView): Promise<Outcome> {
  const { exchange, resource, name, namespace } = request;
  const parameters = writeParameters(exchange.request.query, 'UpdateOptions');
  const warn = (text: string) => void exchange.warnings.push(text);
  const body = await decodeBody(exchange, resource.schema, resource.info, {
    fieldValidation: parameters.fieldValidation,
    warn,
  });
  checkGivenName(body.metadata.name ?? '', name);
  dedupOwnerReferences(body, warn);
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

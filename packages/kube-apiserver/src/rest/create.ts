import type { KubeObject } from '@steersman/api';
import type { Outcome } from '../pipeline/exchange.ts';
import type { AnyObject } from '../registry/any-object.ts';
import type { Written } from '../registry/engine.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { trackingOf } from '../registry/tracking.ts';
import { decodeBody } from './decode-body.ts';
import { toMain } from './defaults.ts';
import { sendEntry, sendObject } from './render.ts';
import { contextFor, type ResourceRequest, type RestContext, writeParameters } from './rest-context.ts';

export async function createObject(rest: RestContext, request: ResourceRequest): Promise<Outcome> {
  const { exchange, resource } = request;
  const parameters = writeParameters(exchange.request.query, 'CreateOptions');
  const warn = (text: string) => void exchange.warnings.push(text);
  const body = await decodeBody(exchange, resource.schema, resource.info, {
    fieldValidation: parameters.fieldValidation,
    warn,
  });
  wipeSystemFields(body);
  const object = toMain(body, resource);
  const named = { ...request, name: object.metadata.name ?? '' };
  const context = contextFor(rest, named, 'create', parameters.dryRun);
  const tracking = trackingOf(exchange.request, parameters.fieldManager, '', rest.effects.clock.now());
  const written = await rest.engine.create(resource.main, object, context, tracking);
  return sendWritten(request, written);
}

/** What only the server says; whoever sends it owns nothing of it. */
function wipeSystemFields({ metadata }: AnyObject): void {
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
}

/** An object of the stored version as the client asked for it. */
export function inServedVersion(resource: ServedResource, object: KubeObject): KubeObject {
  return resource.conversion === undefined ? object : resource.conversion.fromStored(object);
}

/** 201 for a new object, 200 for a changed one. */
export function sendWritten({ exchange, resource }: ResourceRequest, { object, entry, created }: Written): Outcome {
  const status = created ? 201 : 200;
  if (entry === undefined) sendObject(exchange, status, resource, inServedVersion(resource, object));
  else sendEntry(exchange, status, resource, entry, inServedVersion(resource, object));
  return 'answered';
}

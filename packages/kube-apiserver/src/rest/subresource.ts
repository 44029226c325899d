/**
 * Hand-written endpoints (see registry/subresource-contract.ts): decoding, admission and rendering around a handler.
 */
import { type Draft, errors, isConflict, type KubeObject, schemaFor } from '@steersman/api';
import type { Outcome } from '../pipeline/exchange.ts';
import { type AnyObject, draftOf } from '../registry/any-object.ts';
import { CONFLICT_RETRIES_MAX } from '../registry/engine.ts';
import { plainContext } from '../registry/request-context.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry, SubresourceHandler, SubresourceRequest } from '../registry/subresource-contract.ts';
import { wantedBy } from './negotiate.ts';
import { patchTypeOf } from './patch.ts';
import { sendValue } from './render.ts';
import {
  contextFor,
  type ResourceRequest,
  type RestContext,
  type WriteOptionsKind,
  writeParameters,
} from './rest-context.ts';
import { bodySource } from './subresource-body.ts';

const STATUS_BY_VERB = { get: 200, create: 201, update: 200, patch: 200 } as const;
type Verb = keyof typeof STATUS_BY_VERB;
const OPTIONS_BY_VERB: Readonly<Record<string, WriteOptionsKind>> = { create: 'CreateOptions', patch: 'PatchOptions' };

export async function callSubresource(
  rest: RestContext,
  request: ResourceRequest,
  handler: SubresourceHandler,
  registry: Registry,
  verb: string,
): Promise<Outcome> {
  const { exchange } = request;
  if (!serves(handler, verb)) throw errors.methodNotAllowed();
  // Upstream's scales have columns; nothing else that is written by hand has.
  const wanted = wantedBy(exchange.request, handler.accepts.kind === 'Scale' ? 'all' : 'no-tables');
  const schema = schemaFor(handler.accepts);
  if (schema === undefined) throw errors.internal(`no schema for ${handler.accepts.kind}`);
  const apply = verb === 'patch' && patchTypeOf(exchange.request.headers['content-type']) === 'apply';
  const parameters = writeParameters(exchange.request.query, OPTIONS_BY_VERB[verb] ?? 'UpdateOptions', apply);
  const operation = verb === 'create' ? 'create' : 'update';
  const context = contextFor(rest, request, operation, parameters.dryRun);
  const shared = { parameters: new URLSearchParams(exchange.request.query), registry };
  const make = (
    of: Verb,
    body: AnyObject | undefined,
    ownership: Partial<SubresourceRequest> = {},
  ): SubresourceRequest =>
    Object.assign(plainContext(context), {
      ...shared,
      ...ownership,
      verb: of,
      body: body as unknown as Draft<KubeObject> | undefined,
    });
  const now = rest.effects.clock.now();
  const live = async () => (await handler.handle(make('get', undefined))).object;
  const bodyOf = await bodySource({ request, handler, schema, parameters, live, now }, verb);
  const attempt = async () => {
    const { body, ...ownership } = await bodyOf();
    if (body !== undefined) await admit(rest, request, context, body);
    return handler.handle(make(verb as Verb, body, ownership));
  };
  const answer = await (verb === 'patch' ? retried(attempt) : attempt());
  const status = answer.status ?? STATUS_BY_VERB[verb as Verb];
  sendValue(exchange, status, handler.ownership === 'own' ? withoutOwners(answer.object) : answer.object, wanted);
  return 'answered';
}

function withoutOwners(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function serves({ verbs }: SubresourceHandler, verb: string): boolean {
  if (verb === 'patch') return verbs.includes('patch') || (verbs.includes('get') && verbs.includes('update'));
  return (verbs as readonly string[]).includes(verb);
}

/** A patch is made again on what is there now when somebody else was faster; one that names its version meets its own conflict. */
async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isConflict(error) || failures >= CONFLICT_RETRIES_MAX) throw error;
    }
  }
}

async function admit(
  rest: RestContext,
  request: ResourceRequest,
  context: ReturnType<typeof contextFor>,
  body: AnyObject,
): Promise<void> {
  const { admission } = rest.engine.options;
  const admissionRequest = admission.request(
    context,
    request.resource,
    body as unknown as Draft<KubeObject>,
    undefined,
  );
  await admission.mutate(admissionRequest);
  await admission.validate(admissionRequest);
}

/** How hand-written endpoints reach stored objects. */
export function registryOver(
  rest: RestContext,
  find: (type: { readonly group: string; readonly version: string; readonly plural: string }) => ServedResource,
  deleteStored: Registry['delete'],
): Registry {
  return {
    get: async (type, key) => {
      const resource = find(type);
      return rest.engine.objectOf(resource, await rest.engine.find(resource, key)) as never;
    },
    update: async (type, key, edit, options) => {
      const resource = find(type);
      const { object, entry } = await rest.engine.update({
        resource,
        key,
        view: options.view,
        context: options.context,
        admit: false,
        retry: options.resourceVersion === undefined,
        ...(options.tracking === undefined ? {} : { tracking: options.tracking }),
        edit: (old) => {
          const draft = draftOf(old);
          edit(draft as never, old as never);
          if (options.owners !== undefined) draft.metadata.managedFields = structuredClone(options.owners) as never;
          // Without a version of the client's it is the one just read: kinds that refuse blind writes accept it.
          draft.metadata.resourceVersion = options.resourceVersion ?? old.metadata.resourceVersion;
          if (options.uid !== undefined) draft.metadata.uid = options.uid;
          return draft;
        },
      });
      const shown = entry === undefined ? object : rest.engine.objectOf(resource, entry);
      return shown as never;
    },
    delete: deleteStored,
  };
}

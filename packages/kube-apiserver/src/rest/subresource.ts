/**
 * Hand-written endpoints (see registry/subresource-contract.ts): decoding, admission and rendering around a handler.
 */
import { type Draft, errors, isConflict, type KubeObject, type StructSchema, schemaFor } from '@steersman/api';
import type { Outcome } from '../pipeline/exchange.ts';
import { type AnyObject, draftOf } from '../registry/any-object.ts';
import { CONFLICT_RETRIES_MAX, groupResource } from '../registry/engine.ts';
import { plainContext } from '../registry/request-context.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import type { Registry, SubresourceHandler, SubresourceRequest } from '../registry/subresource-contract.ts';
import { decodeBody } from './decode-body.ts';
import { applyDefaults } from './defaults.ts';
import { wantedBy } from './negotiate.ts';
import { oddities, parsePatch, patched, patchTypeOf } from './patch.ts';
import { sendValue } from './render.ts';
import {
  contextFor,
  type ResourceRequest,
  type RestContext,
  type WriteOptionsKind,
  writeParameters,
} from './rest-context.ts';

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
  const { exchange, resource } = request;
  if (!serves(handler, verb)) throw errors.methodNotSupported(groupResource(resource), verb);
  // Upstream's scales have columns; nothing else that is written by hand has.
  const wanted = wantedBy(exchange.request, handler.accepts.kind === 'Scale' ? 'all' : 'no-tables');
  const schema = schemaFor(handler.accepts);
  if (schema === undefined) throw errors.internal(`no schema for ${handler.accepts.kind}`);
  const parameters = writeParameters(exchange.request.query, OPTIONS_BY_VERB[verb] ?? 'UpdateOptions');
  const operation = verb === 'create' ? 'create' : 'update';
  const context = contextFor(rest, request, operation, parameters.dryRun);
  const shared = { parameters: new URLSearchParams(exchange.request.query), registry };
  const make = (of: Verb, body: AnyObject | undefined): SubresourceRequest =>
    Object.assign(plainContext(context), {
      ...shared,
      verb: of,
      body: body as unknown as Draft<KubeObject> | undefined,
    });
  const bodyOf = await bodySource(request, handler, schema, verb, make);
  const attempt = async () => {
    const body = await bodyOf();
    if (body !== undefined) await admit(rest, request, context, body);
    return handler.handle(make(verb as Verb, body));
  };
  const answer = await (verb === 'patch' ? retried(attempt) : attempt());
  const status = answer.status ?? STATUS_BY_VERB[verb as Verb];
  sendValue(exchange, status, answer.object, wanted);
  return 'answered';
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

/** Reads the request once; what comes back gives the object to write, for a patch made anew of what is there each time. */
async function bodySource(
  request: ResourceRequest,
  handler: SubresourceHandler,
  schema: StructSchema,
  verb: string,
  make: (verb: Verb, body: undefined) => SubresourceRequest,
): Promise<() => Promise<AnyObject | undefined>> {
  if (verb === 'get') return async () => undefined;
  const { exchange } = request;
  const parameters = writeParameters(exchange.request.query, OPTIONS_BY_VERB[verb] ?? 'UpdateOptions');
  const warn = (text: string) => void exchange.warnings.push(text);
  if (verb === 'patch') {
    const type = patchTypeOf(exchange.request.headers['content-type']);
    const bytes = await exchange.request.body();
    const patch = parsePatch(bytes, type, exchange.request.headers['content-type']);
    const odd = oddities(bytes, patch, type, parameters);
    const target = { schema, info: handler.accepts };
    return async () => {
      const { object } = await handler.handle(make('get', undefined));
      const result = patched(object, patch, type, target, parameters, warn, odd);
      result.metadata.resourceVersion ??= object.metadata.resourceVersion;
      return result;
    };
  }
  const body = await decodeBody(exchange.request, schema, handler.accepts, {
    fieldValidation: parameters.fieldValidation,
    warn,
  });
  const sameKind =
    handler.accepts.kind === request.resource.info.kind && handler.accepts.group === request.resource.info.group;
  const written = sameKind ? applyDefaults(body, request.resource) : body;
  return async () => written;
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
        edit: (old) => {
          const draft = draftOf(old);
          edit(draft as never, old as never);
          if (options.resourceVersion === undefined) delete draft.metadata.resourceVersion;
          else draft.metadata.resourceVersion = options.resourceVersion;
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

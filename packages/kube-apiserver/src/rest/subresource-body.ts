/**
 * What is written through a hand-written endpoint, and who owns it then: the body of the request, or what a patch makes of what
 * is there.
 */
import {
  applyServerSide,
  decodePartial,
  formatTime,
  type KubeObject,
  resetFields,
  type StructSchema,
  trackUpdate,
} from '@steersman/api';
import type { AnyObject } from '../registry/any-object.ts';
import { applyDefaults } from '../registry/defaults.ts';
import type { SubresourceHandler, SubresourceRequest } from '../registry/subresource-contract.ts';
import { trackingOf } from '../registry/tracking.ts';
import { checkApplied } from './apply.ts';
import { decodeBody } from './decode-body.ts';
import { oddities, type PatchType, patched, patchTypeOf, readPatch } from './patch.ts';
import type { ResourceRequest, WriteParameters } from './rest-context.ts';

export interface BodySource {
  readonly request: ResourceRequest;
  readonly handler: SubresourceHandler;
  readonly schema: StructSchema;
  readonly parameters: WriteParameters;
  /** What `get` answers now. */
  readonly live: () => Promise<KubeObject>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The object to write and how its owners are settled. */
export interface SubresourceBody extends Pick<SubresourceRequest, 'tracking' | 'owners'> {
  readonly body: AnyObject | undefined;
}

/** Reads the request once; what comes back gives the object to write, for a patch made anew of what is there each time. */
export async function bodySource(source: BodySource, verb: string): Promise<() => Promise<SubresourceBody>> {
  if (verb === 'get') return async () => ({ body: undefined });
  if (verb === 'patch') return patchSource(source);
  const body = await sentBody(source);
  if (verb === 'create') return async () => ({ body });
  return async () => withOwners(source, body, source.handler.ownership === 'own' ? await source.live() : undefined);
}

async function sentBody({ request, handler, schema, parameters }: BodySource): Promise<AnyObject> {
  const { exchange, resource } = request;
  const warn = (text: string) => void exchange.warnings.push(text);
  const { fieldValidation } = parameters;
  const body = await decodeBody(exchange, schema, handler.accepts, { fieldValidation, warn });
  const sameKind = handler.accepts.kind === resource.info.kind && handler.accepts.group === resource.info.group;
  return sameKind ? applyDefaults(body, resource) : body;
}

async function patchSource(source: BodySource): Promise<() => Promise<SubresourceBody>> {
  const { request, handler, schema, parameters } = source;
  const { exchange } = request;
  const contentType = exchange.request.headers['content-type'];
  const type: PatchType = patchTypeOf(contentType);
  const bytes = await exchange.request.body();
  const read = await readPatch(bytes, type, contentType);
  exchange.work.decodes += 1;
  const { patch } = read;
  const odd = oddities(bytes, read, type, parameters);
  const warn = (text: string) => void exchange.warnings.push(text);
  if (type === 'apply') {
    for (const problem of odd) warn(problem);
    return applySource(source, patch);
  }
  return async () => {
    const live = await source.live();
    const body = patched(live, patch, type, { schema, info: handler.accepts }, parameters, warn, odd);
    body.metadata.resourceVersion ??= live.metadata.resourceVersion;
    return withOwners(source, body, live);
  };
}

/** Endpoints that know owners of their own kind get them in the body; the others have theirs tracked as they write. */
function withOwners(source: BodySource, body: AnyObject, live: KubeObject | undefined): SubresourceBody {
  const { request, handler, schema, parameters, now } = source;
  const tracking = trackingOf(request.exchange.request, parameters.fieldManager, request.subresource, now);
  if (handler.ownership !== 'own') return { body, tracking };
  const after = trackUpdate<KubeObject>({
    before: live,
    after: body as unknown as KubeObject,
    schema,
    manager: tracking.manager,
    apiVersion: versionOf(handler),
    subresource: request.subresource,
    now: formatTime(now),
  });
  return { body: after as unknown as AnyObject };
}

function applySource(source: BodySource, patch: unknown): () => Promise<SubresourceBody> {
  const { request, handler, schema, parameters, now } = source;
  checkApplied(patch, handler.accepts);
  const applied = decodePartial(patch, schema);
  return async () => {
    const live = await source.live();
    const made = applyServerSide<KubeObject>({
      live,
      applied,
      schema,
      force: parameters.force,
      manager: parameters.fieldManager,
      apiVersion: versionOf(handler),
      subresource: request.subresource,
      now: formatTime(now),
      resetFields: allButPart(request.subresource, schema),
    });
    const body = structuredClone(made) as unknown as AnyObject;
    const { managedFields = [] } = made.metadata;
    return handler.ownership === 'own' ? { body } : { body, owners: managedFields };
  };
}

const versionOf = ({ accepts: { group, version } }: SubresourceHandler) =>
  group === '' ? version : `${group}/${version}`;

/** The fields of a spec that a subresource writes; the others write what they accept. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  ephemeralcontainers: ['ephemeralContainers'],
  resize: ['containers', 'initContainers', 'resources'],
};

function allButPart(subresource: string, schema: StructSchema) {
  const parts = PARTS[subresource];
  const spec = schema.byName.get('spec')?.schema;
  if (parts === undefined || spec?.kind !== 'struct') return undefined;
  const others = spec.fields.filter(({ name }) => !parts.includes(name)).map(({ name }) => ['spec', name]);
  return resetFields(['metadata'], ['status'], ...others);
}

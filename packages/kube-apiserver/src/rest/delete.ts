import {
  ApiError,
  errors,
  type FieldError,
  fieldErrors,
  isNotFound,
  parseJson,
  path,
  type Status,
  schemaFor,
} from '@steersman/api';
import { queryFlag } from '@steersman/server';
import type { Outcome } from '../pipeline/exchange.ts';
import { sendStatus } from '../pipeline/send-error.ts';
import type { Deleted, DeleteOptions } from '../registry/deletion.ts';
import { deleteObject } from '../registry/deletion.ts';
import { groupResource } from '../registry/engine.ts';
import { inServedVersion } from './create.ts';
import { decodeBytes } from './decode-body.ts';
import { ANY_VERSION } from './expected-kind.ts';
import { pageOf } from './list.ts';
import { integerOf, listOptionsOf } from './list-options.ts';
import { sendEntry, sendObject } from './render.ts';
import { contextFor, type ResourceRequest, type RestContext } from './rest-context.ts';
import { sendList } from './send-list.ts';

/** Kinds whose delete answers with the object that has gone; the others answer with a Status. */
const RETURN_THE_OBJECT = new Set([
  '/pods',
  '/podtemplates',
  '/persistentvolumes',
  '/persistentvolumeclaims',
  '/resourcequotas',
  '/serviceaccounts',
  '/services',
]);
/** Where upstream keeps the kinds that options of requests may have, as its messages name it. */
const SCHEME = 'pkg/apis/meta/internalversion/scheme/register.go:27';
const POLICIES = ['Foreground', 'Background', 'Orphan'];
/** Deletes of one collection under way at once: upstream's number of workers is 1, but our writes share their commits. */
const COLLECTION_CONCURRENCY_MAX = 32;

export async function deleteOne(rest: RestContext, request: ResourceRequest): Promise<Outcome> {
  const { resource, namespace, name, exchange } = request;
  const options = await deleteOptionsOf(request);
  const dryRun = (options.dryRun ?? []).length > 0;
  const context = contextFor(rest, request, 'delete', dryRun);
  const deleted = await deleteObject(rest.engine, resource.main, { namespace, name }, options, context);
  if (!deleted.gone || RETURN_THE_OBJECT.has(`${resource.info.group}/${resource.info.plural}`))
    return sendDeleted(request, deleted, options);
  const { group, resource: kind } = groupResource(resource);
  const details = {
    name,
    ...(group === '' ? {} : { group }),
    kind,
    ...(deleted.object.metadata.uid === undefined ? {} : { uid: deleted.object.metadata.uid }),
  };
  sendStatus(exchange, 200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details,
  } satisfies Status);
  return 'answered';
}

function sendDeleted({ exchange, resource }: ResourceRequest, deleted: Deleted, options: DeleteOptions): Outcome {
  const status = !deleted.gone && options.orphanDependents === false ? 202 : 200;
  const object = inServedVersion(resource, deleted.object);
  if (deleted.entry === undefined) sendObject(exchange, status, resource, object);
  else sendEntry(exchange, status, resource, deleted.entry, object);
  return 'answered';
}

/** Deletes everything a list would find; answers with that list. */
export async function deleteCollection(rest: RestContext, request: ResourceRequest): Promise<Outcome> {
  const { resource, namespace, exchange } = request;
  const listOptions = listOptionsOf(exchange.request.query, resource, namespace, '', false);
  const options = await deleteOptionsOf(request);
  const waiting = rest.hub.untilConsistent();
  if (waiting !== undefined) await waiting;
  const page = pageOf(rest, request, listOptions);
  const dryRun = (options.dryRun ?? []).length > 0;
  const queue = [...page.entries];
  const work = async () => {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      const key = { namespace: entry.namespace, name: entry.name };
      const context = contextFor(rest, { ...request, ...key }, 'delete', dryRun);
      try {
        await deleteObject(rest.engine, resource.main, key, options, context);
      } catch (error) {
        // Somebody else was faster: that is what was wanted, even when there is another of that name by now.
        if (!isNotFound(error)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(COLLECTION_CONCURRENCY_MAX, queue.length) }, work));
  return sendList(rest, request, page);
}

/** From the body, or from the query when there is none. */
async function deleteOptionsOf({ exchange }: ResourceRequest): Promise<DeleteOptions> {
  const body = await exchange.request.body();
  const options =
    body.length > 0
      ? bodyOptions(body, exchange.request.headers['content-type'])
      : queryOptions(exchange.request.query);
  const problems: FieldError[] = [];
  const { propagationPolicy, orphanDependents, dryRun } = options;
  if (propagationPolicy !== undefined && orphanDependents !== undefined)
    problems.push(
      fieldErrors.invalid(
        path('propagationPolicy'),
        propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy))
    problems.push(fieldErrors.notSupported(path('propagationPolicy'), propagationPolicy, [...POLICIES, 'nil']));
  if ((dryRun ?? []).some((value) => value !== 'All'))
    problems.push(fieldErrors.notSupported(path('dryRun'), dryRun, ['All']));
  if (problems.length > 0) throw errors.invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', problems);
  return options;
}

function bodyOptions(body: Uint8Array, contentType: string | undefined): DeleteOptions {
  const schema = schemaFor({ group: '', version: 'v1', kind: 'DeleteOptions' });
  if (schema === undefined) throw errors.internal('DeleteOptions have no schema');
  const expected = { group: '', version: ANY_VERSION, kind: 'DeleteOptions' };
  const options = { fieldValidation: 'Ignore', warn: () => undefined } as const;
  try {
    return decodeBytes(body, contentType, schema, expected, options) as DeleteOptions;
  } catch (error) {
    throw inPlainWords(error, body);
  }
}

/** Upstream passes on what its decoder says, without what it says of other bodies around it. */
function inPlainWords(error: unknown, body: Uint8Array): unknown {
  if (!(error instanceof ApiError) || error.code !== 400) return error;
  const { kind = '', apiVersion = '' } = typeOf(body);
  if (kind !== '' && kind !== 'DeleteOptions')
    return errors.badRequest(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "${SCHEME}"`);
  const unrecognized = /^the object provided is unrecognized \(must be of type DeleteOptions\): (.*) \([^()]*\)$/s;
  const mistyped = /^DeleteOptions in version "[^"]*" cannot be handled as a DeleteOptions: /;
  return errors.badRequest(error.message.replace(unrecognized, '$1').replace(mistyped, ''));
}

function typeOf(body: Uint8Array): { readonly kind?: string; readonly apiVersion?: string } {
  try {
    return parseJson(Buffer.from(body).toString('utf8')) as object;
  } catch {
    return {};
  }
}

function queryOptions(query: string): DeleteOptions {
  if (query === '') return {};
  const parameters = new URLSearchParams(query);
  const gracePeriodSeconds = integerOf(parameters, 'gracePeriodSeconds');
  const orphan = parameters.get('orphanDependents');
  const policy = parameters.get('propagationPolicy');
  const dryRun = parameters.getAll('dryRun').filter((value) => value !== '');
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(orphan === null ? {} : { orphanDependents: queryFlag(orphan) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
  };
}

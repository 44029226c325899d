/**
 * The OpenAPI documents that the API server publishes: v2 for everything, v3 for each group and version.
 */
import { type Describe, installedDescriptions } from '../adapters/installed-descriptions.ts';
import { schemaFor } from '../schema/build.ts';
import type { StructSchema } from '../schema/schema.ts';
import { type ResourceInfo, resourceTable } from '../tables.ts';
import { type Dialect, type GroupVersionKind, type Json, ModelSet } from './models.ts';
import { type Operation, operationsOf, type Parameter } from './operations.ts';

export interface OpenApiOptions {
  /** Shown as the version of the API: the server's gitVersion. */
  readonly version?: string;
  /** Where descriptions come from; by default the installed package, if there is one. */
  readonly describe?: Describe;
}

const DEFAULT_VERSION = 'v1.36.0+steersman';
const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor'];
const STREAM_TYPES = [
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
  'application/cbor-seq',
];
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
];
const PATCH_MODEL = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch';

let shared: Describe | undefined;

/** What a v1.36 server serves by default. */
function servedByDefault(): readonly ResourceInfo[] {
  return resourceTable.filter((row) => row.served && row.defaultEnabled && row.servedBy === undefined);
}

function modelsFor(dialect: Dialect, resources: readonly ResourceInfo[], options: OpenApiOptions): ModelSet {
  shared ??= installedDescriptions();
  const versions = [
    ...new Map(resources.map(({ group, version }) => [`${group}/${version}`, { group, version }])).values(),
  ];
  /** Options and watch events are registered in every version. */
  const kindsOf = (schema: StructSchema): readonly GroupVersionKind[] => {
    if (!schema.object) return [];
    const everywhere = schema.version === '' || schemaFor({ group: '*', version: '*', kind: schema.name }) === schema;
    if (everywhere) return versions.map((home) => ({ ...home, kind: schema.name }));
    return [{ group: schema.group, version: schema.version, kind: schema.name }];
  };
  return new ModelSet(dialect, options.describe ?? shared, kindsOf);
}

/** Operations by path, in the order of the paths; one resource a step. */
function* byPath(resources: readonly ResourceInfo[], render: (operation: Operation) => Json): Generator<void, Json> {
  const paths = new Map<string, Json>();
  for (const resource of resources) {
    for (const operation of operationsOf(resource)) {
      const item = paths.get(operation.path) ?? {};
      item[operation.method] = render(operation);
      paths.set(operation.path, item);
    }
    yield;
  }
  return Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Runs a generator of steps to its end at once. */
function atOnce<T>(steps: Generator<void, T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

function common(operation: Operation): Json {
  return {
    description: operation.description,
    operationId: operation.id,
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
}

const isList = (operation: Operation) => operation.action === 'list';

/**
 * The v2 document (Swagger 2.0) for the resources given, by default those on without flags. It is a few megabytes and takes some
 * 150 ms: build it when first asked for and keep it, and on a loop that others use build it with openApiV2Steps.
 */
export function openApiV2Document(resources?: readonly ResourceInfo[], options: OpenApiOptions = {}): Json {
  return atOnce(openApiV2Steps(resources, options));
}

/** The v2 document in steps of a millisecond or less, so that the caller can let others run in between. The document is what it returns. */
export function* openApiV2Steps(
  resources: readonly ResourceInfo[] = servedByDefault(),
  options: OpenApiOptions = {},
): Generator<void, Json> {
  const models = modelsFor('v2', resources, options);
  const paths = yield* byPath(resources, (operation) => operationV2(operation, models));
  yield* models.build();
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: options.version ?? DEFAULT_VERSION },
    paths,
    definitions: { ...models.all(), [PATCH_MODEL]: { type: 'object' } },
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  };
}

function operationV2(operation: Operation, models: ModelSet): Json {
  const { body, response } = operation;
  const schema =
    body === 'patch'
      ? { $ref: `#/definitions/${PATCH_MODEL}` }
      : body === undefined
        ? undefined
        : models.reference(body);
  return {
    ...common(operation),
    tags: [operation.tag],
    consumes: body === 'patch' ? PATCH_TYPES : ['*/*'],
    produces: [...MEDIA_TYPES, ...(isList(operation) ? STREAM_TYPES : [])],
    schemes: ['https'],
    parameters: [
      ...(schema === undefined ? [] : [{ name: 'body', in: 'body', required: operation.method !== 'delete', schema }]),
      ...operation.parameters.map(parameterV2),
    ],
    responses: Object.fromEntries([
      ...codesOf(operation).map(([code, text]) => [
        code,
        { description: text, ...(response === undefined ? {} : { schema: models.reference(response) }) },
      ]),
      ['401', { description: 'Unauthorized' }],
    ]),
  };
}

function parameterV2({ name, in: place, type, description }: Parameter): Json {
  return { name, in: place, type, description, uniqueItems: true, ...(place === 'path' ? { required: true } : {}) };
}

function codesOf({ method }: Operation): readonly (readonly [code: string, text: string])[] {
  const created = ['201', 'Created'] as const;
  const ok = ['200', 'OK'] as const;
  if (method === 'post') return [ok, created, ['202', 'Accepted']];
  if (method === 'delete') return [ok, ['202', 'Accepted']];
  return method === 'get' ? [ok] : [ok, created];
}

/** The v3 document of one group and version, by default of what is on without flags. */
export function openApiV3Document(
  of: { readonly group: string; readonly version: string },
  resources?: readonly ResourceInfo[],
  options: OpenApiOptions = {},
): Json {
  return atOnce(openApiV3Steps(of, resources, options));
}

/** The v3 document in steps, like openApiV2Steps. */
export function* openApiV3Steps(
  of: { readonly group: string; readonly version: string },
  resources: readonly ResourceInfo[] = servedByDefault(),
  options: OpenApiOptions = {},
): Generator<void, Json> {
  const models = modelsFor('v3', resources, options);
  const own = resources.filter((row) => row.group === of.group && row.version === of.version);
  const paths = yield* byPath(own, (operation) => operationV3(operation, models));
  const watchEvent = schemaFor({ group: '', version: 'v1', kind: 'WatchEvent' });
  if (watchEvent !== undefined) models.reference(watchEvent);
  yield* models.build();
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: options.version ?? DEFAULT_VERSION },
    paths,
    components: {
      schemas: { ...models.all(), [PATCH_MODEL]: { type: 'object' } },
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer Token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  };
}

function operationV3(operation: Operation, models: ModelSet): Json {
  const { body, response } = operation;
  const content = (schema: Json, types: readonly string[]) => ({
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  });
  const types = [...MEDIA_TYPES, ...(isList(operation) ? STREAM_TYPES : [])];
  const requestBody =
    body === undefined
      ? {}
      : body === 'patch'
        ? { requestBody: { ...content({ $ref: `#/components/schemas/${PATCH_MODEL}` }, PATCH_TYPES), required: true } }
        : {
            requestBody: {
              ...content(models.reference(body), ['*/*']),
              ...(operation.method === 'delete' ? {} : { required: true }),
            },
          };
  return {
    ...common(operation),
    tags: [operation.tag],
    parameters: operation.parameters.map(parameterV3),
    ...requestBody,
    responses: Object.fromEntries([
      ...codesOf(operation).map(([code, text]) => [
        code,
        { description: text, ...(response === undefined ? {} : content(models.reference(response), types)) },
      ]),
      ['401', { description: 'Unauthorized' }],
    ]),
  };
}

function parameterV3({ name, in: place, type, description }: Parameter): Json {
  return {
    name,
    in: place,
    description,
    schema: { type, uniqueItems: true },
    ...(place === 'path' ? { required: true } : {}),
  };
}

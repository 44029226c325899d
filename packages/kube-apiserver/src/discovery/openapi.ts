/**
 * OpenAPI documents. Each is built at the first request for it, in small steps: most servers never need most of them, and
 * nobody else should wait for the few megabytes.
 */
import {
  encodeOpenApiV2Steps,
  encodeOpenApiV3Steps,
  errors,
  OPENAPI_V2_PROTOBUF,
  OPENAPI_V2_PROTOBUF_ACCEPTED,
  OPENAPI_V3_PROTOBUF,
  OPENAPI_V3_PROTOBUF_ACCEPTED,
  openApiV2Steps,
  openApiV3Steps,
  type ResourceInfo,
} from '@steersman/api';
import { VERSION } from '@steersman/server';
import { type Exchange, type Outcome, sendJsonValue } from '../pipeline/exchange.ts';
import { parseClause } from '../rest/negotiate.ts';
import { type Document, digestOf, documentOf, sendDocument } from './document.ts';
import { discoveryGroups, type GroupVersion } from './documents.ts';

const V2 = '/openapi/v2';
const V3 = '/openapi/v3';
/** Work done in one go before others get their turn, milliseconds. */
const SLICE_MS_MAX = 4;
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

const V2_TYPES: Readonly<Record<string, string>> = {
  [OPENAPI_V2_PROTOBUF_ACCEPTED]: OPENAPI_V2_PROTOBUF,
  [OPENAPI_V2_PROTOBUF]: OPENAPI_V2_PROTOBUF,
};
const V3_TYPES: Readonly<Record<string, string>> = {
  [OPENAPI_V3_PROTOBUF_ACCEPTED]: OPENAPI_V3_PROTOBUF,
  [OPENAPI_V3_PROTOBUF]: OPENAPI_V3_PROTOBUF,
};
const JSON_TYPE = 'application/json';

export interface OpenApiSource {
  readonly resources: readonly ResourceInfo[];
  /** Resolves in a later turn of the event loop. */
  readonly turn: () => Promise<void>;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/** Answers /openapi/v2 and /openapi/v3; undefined for every other path. */
export function openApiResponder(
  source: OpenApiSource,
): (exchange: Exchange) => Outcome | Promise<Outcome> | undefined {
  const documents = new Documents(source);
  const addresses = new Map(groupVersionsOf(source.resources).map((of) => [addressOf(of), of]));
  return (exchange) => {
    const { path, method } = exchange.request;
    if (!path.startsWith('/openapi/') || (method !== 'GET' && method !== 'HEAD')) return undefined;
    if (path === V2) return sendV2(exchange, documents);
    if (path === V3) {
      sendJsonValue(exchange, 200, { paths: pathsOf(addresses, source.resources) });
      return 'answered';
    }
    const groupVersion = path.startsWith(`${V3}/`) ? addresses.get(path.slice(V3.length + 1)) : undefined;
    return groupVersion === undefined ? undefined : sendV3(exchange, documents, groupVersion, source.resources);
  };
}

function groupVersionsOf(resources: readonly ResourceInfo[]): readonly GroupVersion[] {
  return discoveryGroups(resources).flatMap(({ group, versions }) => versions.map((version) => ({ group, version })));
}

/** The addresses of the documents, for the list at the root of the server. */
export function openApiPaths(resources: readonly ResourceInfo[]): readonly string[] {
  return [V2, V3, ...groupVersionsOf(resources).map((of) => `${V3}/${addressOf(of)}`)];
}

function addressOf({ group, version }: GroupVersion): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

function pathsOf(addresses: ReadonlyMap<string, GroupVersion>, resources: readonly ResourceInfo[]) {
  return Object.fromEntries(
    [...addresses].map(([address, of]) => [
      address,
      { serverRelativeURL: `${V3}/${address}?hash=${hashOf(of, resources)}` },
    ]),
  );
}

/** A hash of what a document is made from names it without making it. */
function hashOf({ group, version }: GroupVersion, resources: readonly ResourceInfo[]): string {
  const own = resources.filter((row) => row.group === group && row.version === version);
  return digestOf(JSON.stringify([VERSION.gitVersion, own, groupVersionsOf(resources)]));
}

async function sendV2(exchange: Exchange, documents: Documents): Promise<Outcome> {
  const type = chosenType(exchange, V2_TYPES);
  const document = await documents.get(`v2 ${type}`, async () => {
    const value = await documents.inSteps(openApiV2Steps(documents.source.resources));
    const body = type === JSON_TYPE ? encodeJson(value) : await documents.inSteps(encodeOpenApiV2Steps(value));
    return documentOf(body, type);
  });
  return sendDocument(exchange, document, {});
}

async function sendV3(
  exchange: Exchange,
  documents: Documents,
  of: GroupVersion,
  resources: readonly ResourceInfo[],
): Promise<Outcome> {
  const { path, query } = exchange.request;
  const hash = hashOf(of, resources);
  const asked = new URLSearchParams(query).get('hash');
  if (asked !== null && asked !== hash) {
    exchange.response.send(301, { location: `${path}?hash=${hash}` });
    return 'answered';
  }
  const type = chosenType(exchange, V3_TYPES);
  const document = await documents.get(`${path} ${type}`, async () => {
    const value = await documents.inSteps(openApiV3Steps(of, resources));
    const body = type === JSON_TYPE ? encodeJson(value) : await documents.inSteps(encodeOpenApiV3Steps(value));
    return { body, contentType: type, etag: `"${hash}"` };
  });
  const expires = new Date(exchange.clock.now() + YEAR_MS).toUTCString();
  // What is named by its hash never changes.
  return sendDocument(exchange, document, asked === null ? {} : { 'cache-control': 'public, immutable', expires });
}

function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** The content type of the answer. Throws ApiError NotAcceptable. */
function chosenType({ request }: Exchange, types: Readonly<Record<string, string>>): string {
  const accept = request.headers['accept'] ?? '';
  if (accept === '') return JSON_TYPE;
  for (const { type } of accept.split(',').map(parseClause)) {
    const known = types[type];
    if (known !== undefined) return known;
    if (type === JSON_TYPE || type === '*/*' || type === 'application/*') return JSON_TYPE;
  }
  throw errors.notAcceptable([JSON_TYPE, ...Object.keys(types)]);
}

/** Documents by name, each made once however many ask for it at the same time. */
class Documents {
  readonly source: OpenApiSource;
  readonly #made = new Map<string, Promise<Document>>();

  constructor(source: OpenApiSource) {
    this.source = source;
  }

  get(name: string, make: () => Promise<Document>): Promise<Document> {
    let document = this.#made.get(name);
    if (document === undefined) {
      document = make();
      this.#made.set(name, document);
    }
    return document;
  }

  /** Runs a generator of steps to its end, letting others in between. */
  async inSteps<T>(steps: Generator<void, T>): Promise<T> {
    let until = this.source.monotonic() + SLICE_MS_MAX;
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return step.value;
      if (this.source.monotonic() < until) continue;
      await this.source.turn();
      until = this.source.monotonic() + SLICE_MS_MAX;
    }
  }
}

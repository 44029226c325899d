/**
 * Content negotiation (RFC 9110 section 12.5.1) with Kubernetes' media type parameters `as`, `g` and `v`.
 */
import { errors } from '@steersman/api';
import type { HttpRequest } from '@steersman/server';

export type Format = 'json' | 'yaml' | 'protobuf' | 'cbor';
export type View = 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

/** How a client wants its answer. */
export interface Negotiated {
  readonly format: Format;
  /** What stands in for the object itself. */
  readonly view: View;
  /** Version of meta.k8s.io for tables and partial metadata. */
  readonly viewVersion: string;
  readonly pretty: boolean;
}

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
  cbor: 'application/cbor',
};
/** What error messages offer: upstream's list while its gate for CBOR is off. */
export const OFFERED: readonly string[] = [MEDIA_TYPES.json, MEDIA_TYPES.yaml, MEDIA_TYPES.protobuf];
/** The same for watches: nobody frames YAML. */
export const STREAMS_OFFERED: string[] = [MEDIA_TYPES.json, MEDIA_TYPES.protobuf].map((type) => `${type};stream=watch`);
/** Watches frame their events, and say so where the plain type would be wrong. */
export const WATCH_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json',
  yaml: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf;stream=watch',
  cbor: 'application/cbor-seq',
};
const FORMATS: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  'application/cbor': 'cbor',
  'application/cbor-seq': 'cbor',
  '*/*': 'json',
  'application/*': 'json',
};
const VIEWS = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);
/** What Go's ParseBool takes for true. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const PEOPLES_AGENTS = ['curl', 'Wget', 'Mozilla/5.0'];
const HEADERS_REMEMBERED_MAX = 1000; // Clients send a handful of Accept headers; garbage must not fill memory.
const remembered = new Map<string, Negotiated>();
const PLAIN: Negotiated = { format: 'json', view: 'object', viewVersion: 'v1', pretty: false };
export const PRETTY_JSON: Negotiated = { ...PLAIN, pretty: true };
/** What may stand in for an object: anything; no tables, as of reviews, which have no columns; or nothing, as of a Status. */
export type Views = 'all' | 'no-tables' | 'none';

/** As `negotiate`, with line breaks where the query asks for them or a person seems to be reading. */
export function wantedBy(request: HttpRequest, views: Views = 'all'): Negotiated {
  const wanted = negotiate(request.headers['accept'], views);
  return wanted.format === 'json' && !wanted.pretty && isPretty(request) ? { ...wanted, pretty: true } : wanted;
}

/** The query decides; without it browsers and command line tools get line breaks. */
export function isPretty({ query, headers }: HttpRequest): boolean {
  if (query.includes('pretty')) {
    const given = new URLSearchParams(query).get('pretty') ?? '';
    if (given !== '') return TRUE.has(given);
  }
  const agent = headers['user-agent'];
  return agent !== undefined && PEOPLES_AGENTS.some((start) => agent.startsWith(start));
}

/**
 * Chooses the first clause we can serve, best quality first. Throws ApiError NotAcceptable when there is none.
 */
export function negotiate(accept: string | undefined, views: Views = 'all'): Negotiated {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return PLAIN;
  const known = remembered.get(accept);
  if (known !== undefined && allows(views, known)) return known;
  const clauses = accept.split(',').map(parseClause);
  const ordered = clauses.toSorted((a, b) => b.quality - a.quality);
  for (const { type, parameters } of ordered) {
    const chosen = choose(type, parameters);
    if (chosen === undefined || !allows(views, chosen)) continue;
    if (views !== 'all') return chosen;
    if (remembered.size >= HEADERS_REMEMBERED_MAX) remembered.clear();
    remembered.set(accept, chosen);
    return chosen;
  }
  throw errors.notAcceptable([...OFFERED]);
}

function allows(views: Views, { view }: Negotiated): boolean {
  return view === 'object' || views === 'all' || (views === 'no-tables' && view !== 'Table');
}

function choose(type: string, parameters: ReadonlyMap<string, string>): Negotiated | undefined {
  const format = FORMATS[type];
  if (format === undefined) return undefined;
  const as = parameters.get('as');
  const pretty = parameters.get('pretty') === '1';
  if (as === undefined) return { ...PLAIN, format, pretty };
  if (!VIEWS.has(as) || (parameters.get('g') ?? 'meta.k8s.io') !== 'meta.k8s.io') return undefined;
  const viewVersion = parameters.get('v') ?? 'v1';
  if (viewVersion !== 'v1' && viewVersion !== 'v1beta1') return undefined;
  if (format === 'protobuf' && as === 'Table') return undefined;
  return { format, view: as as View, viewVersion, pretty };
}

export interface Clause {
  readonly type: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

export function parseClause(text: string): Clause {
  const [type = '', ...pairs] = text.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0)
      parameters.set(
        pair.slice(0, equals).trim().toLowerCase(),
        pair
          .slice(equals + 1)
          .trim()
          .replace(/^"|"$/g, ''),
      );
  }
  const quality = Number(parameters.get('q') ?? '1');
  return { type: type.toLowerCase(), quality: Number.isNaN(quality) ? 0 : quality, parameters };
}

/** The format of a request body; undefined when it is none of ours. */
export function bodyFormat(contentType: string | undefined): Format | undefined {
  if (contentType === undefined || contentType === '' || contentType === 'application/json') return 'json';
  return FORMATS[parseClause(contentType).type];
}

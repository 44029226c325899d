/**
 * Content negotiation (RFC 9110 section 12.5.1) with Kubernetes' media type parameters `as`, `g` and `v`.
 */
import { errors } from '@steersman/api';

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
const HEADERS_REMEMBERED_MAX = 1000; // Clients send a handful of Accept headers; garbage must not fill memory.
const remembered = new Map<string, Negotiated>();
const PLAIN: Negotiated = { format: 'json', view: 'object', viewVersion: 'v1', pretty: false };

/**
 * Chooses the first clause we can serve, best quality first. Throws ApiError NotAcceptable when there is none. What has no
 * columns, such as a review, cannot be had as a table.
 */
export function negotiate(accept: string | undefined, tables = true): Negotiated {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return PLAIN;
  const known = remembered.get(accept);
  if (known !== undefined && (tables || known.view !== 'Table')) return known;
  const clauses = accept.split(',').map(parseClause);
  const ordered = clauses.toSorted((a, b) => b.quality - a.quality);
  for (const { type, parameters } of ordered) {
    const chosen = choose(type, parameters);
    if (chosen === undefined || (chosen.view === 'Table' && !tables)) continue;
    if (!tables) return chosen;
    if (remembered.size >= HEADERS_REMEMBERED_MAX) remembered.clear();
    remembered.set(accept, chosen);
    return chosen;
  }
  throw errors.notAcceptable([...OFFERED]);
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
  if (contentType === undefined || contentType === '') return 'json';
  return FORMATS[parseClause(contentType).type];
}

/** How a list is written item by item, so that long ones never have to be put together in one go. */
import { encodeListItem, errors, type KubeObject, listEnvelopeEnds, parseJson, schemaFor } from '@steersman/api';
import type { CacheEntry } from '../cache/entry.ts';
import { storedOf } from '../registry/engine.ts';
import type { ServedResource } from '../registry/served-resource.ts';
import { partialOf, rowsOf, type TableOptions, tableOf } from '../tables/table.ts';
import { cborList, indentedList, yamlList } from './list-texts.ts';
import { metadataBytes } from './metadata-bytes.ts';
import { MEDIA_TYPES, type Negotiated } from './negotiate.ts';

export interface ListForm {
  readonly type: string;
  /** An item, with what parts it from the one before. */
  item(entry: CacheEntry, index: number): Uint8Array;
  /** What stands before and after items of that many bytes. */
  ends(itemsBytes: number): { readonly head: Uint8Array; readonly tail: Uint8Array };
  /** True when the head says how long the items are: then they have to be made first. */
  readonly measured: boolean;
}

/** What the list as a whole says. */
export interface ListHead {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: object;
}

const EMPTY_END = ']}';

/** Of a list with that many items. Throws ApiError NotAcceptable where protobuf has no message for it. */
export function listFormFor(
  resource: ServedResource,
  wanted: Negotiated,
  head: ListHead,
  count: number,
  table: () => TableOptions,
): ListForm {
  if (wanted.format === 'protobuf') return protobufForm(resource, wanted, head);
  if (wanted.format !== 'json' || wanted.pretty) return textForm(resource, wanted, head, count, table);
  if (wanted.view === 'Table') return tableForm(resource, { ...table(), metadata: head.metadata });
  const item = wanted.view === 'object' ? objectText(resource) : partialText(resource, wanted.viewVersion);
  return jsonForm({ ...head, items: [] }, item);
}

/** In one of the encodings for people. */
function textForm(
  resource: ServedResource,
  { format, view, viewVersion }: Negotiated,
  head: ListHead,
  count: number,
  table: () => TableOptions,
): ListForm {
  const options = view === 'Table' ? { ...table(), metadata: head.metadata } : undefined;
  const key = options === undefined ? 'items' : 'rows';
  const whole = (options === undefined ? head : tableOf(resource, [], options)) as Readonly<Record<string, unknown>>;
  const text =
    format === 'yaml'
      ? yamlList(whole, key)
      : format === 'cbor'
        ? cborList(whole, key, count)
        : indentedList(whole, key);
  const value = (entry: CacheEntry): object => {
    if (options !== undefined) return rowsOf(resource, [shown(resource, entry)], options)[0]!;
    return view === 'object' ? bare(shown(resource, entry)) : partialOf(shown(resource, entry), viewVersion);
  };
  return {
    type: MEDIA_TYPES[format],
    item: (entry, index) => text.item(value(entry), index),
    ends: () => text,
    measured: false,
  };
}

/** Items of a list do not say what they are. */
function bare({ kind: _kind, apiVersion: _apiVersion, ...rest }: KubeObject): object {
  return rest;
}

/** The object in its served version, parsed for this one look: a long list must not drive out what is used often. */
function shown(resource: ServedResource, entry: CacheEntry): KubeObject {
  const object = storedOf(resource).cache.peek(entry);
  return resource.conversion === undefined ? object : resource.conversion.fromStored(object);
}

function jsonForm(empty: object, item: (entry: CacheEntry) => string | Buffer): ListForm {
  const head = Buffer.from(JSON.stringify(empty).slice(0, -EMPTY_END.length));
  const tail = Buffer.from(EMPTY_END);
  return {
    type: MEDIA_TYPES.json,
    item(entry, index) {
      const bytes = item(entry);
      if (typeof bytes === 'string') return Buffer.from(index === 0 ? bytes : `,${bytes}`);
      return index === 0 ? bytes : Buffer.concat([COMMA, bytes]);
    },
    ends: () => ({ head, tail }),
    measured: false,
  };
}
const COMMA = Buffer.from(',');

function objectText(resource: ServedResource): (entry: CacheEntry) => string {
  return (entry) => JSON.stringify(bare(shown(resource, entry)));
}

function partialText(resource: ServedResource, version: string): (entry: CacheEntry) => string | Buffer {
  if (resource.conversion !== undefined) return (entry) => JSON.stringify(partialOf(shown(resource, entry), version));
  const start = Buffer.from(`{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":`);
  const end = Buffer.from('}');
  return (entry) => Buffer.concat([start, metadataBytes(entry, entry.revision, resource), end]);
}

function tableForm(resource: ServedResource, options: TableOptions): ListForm {
  return jsonForm(tableOf(resource, [], options), (entry) =>
    JSON.stringify(rowsOf(resource, [shown(resource, entry)], options)[0]),
  );
}

function protobufForm(resource: ServedResource, wanted: Negotiated, head: ListHead): ListForm {
  const partial = wanted.view !== 'object';
  const { group, version } = partial ? { group: 'meta.k8s.io', version: wanted.viewVersion } : resource.info;
  const schema = schemaFor({ group, version, kind: partial ? 'PartialObjectMetadata' : resource.info.kind });
  if (schema === undefined) throw errors.notAcceptable([MEDIA_TYPES.json, MEDIA_TYPES.yaml]);
  return {
    type: MEDIA_TYPES.protobuf,
    item: (entry) => encodeListItem(partial ? partialValue(resource, entry) : shown(resource, entry), schema),
    ends: (itemsBytes) => listEnvelopeEnds(head, head.metadata, itemsBytes),
    measured: true,
  };
}

function partialValue(resource: ServedResource, entry: CacheEntry): object {
  if (resource.conversion !== undefined) return { metadata: shown(resource, entry).metadata };
  return { metadata: parseJson(metadataBytes(entry, entry.revision, resource).toString('utf8')) };
}

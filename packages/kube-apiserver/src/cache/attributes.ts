import type { KubeObject } from '@steersman/api';
import { type FieldSet, type LabelSet, NO_FIELDS, NO_LABELS } from './entry.ts';
import { labelPool } from './label-pool.ts';
import { type ReadValue, readSparse, type Wanted, wantedFields } from './sparse-json.ts';
import { textPool } from './text-pool.ts';

/** What selectors ask about an object. */
export interface Attributes {
  readonly labels: LabelSet;
  readonly fields: FieldSet;
}

/** What a resource can be selected by beyond its name and namespace. */
export interface Selectable<T = KubeObject> {
  /** All that `fields` reads, as paths such as `spec.nodeName`: while a store is loaded, nothing else is read of an object. */
  readonly reads: readonly string[];
  /** Names, as field selectors have them, to values. */
  readonly fields: (object: T) => FieldSet;
  /** The field by which very many ask for a few objects each; those without a value of it are not kept by it. */
  readonly indexed?: string;
}

export interface AttributeReader {
  ofObject(object: KubeObject): Attributes;
  /** The same from stored bytes, most of which are passed over; undefined when they have to be parsed for it. */
  ofBytes(bytes: Uint8Array): Attributes | undefined;
}

const LABELS_PATH = 'metadata.labels';

/** Shares what is equal between objects. */
export function attributeReader(selectable: Selectable | undefined): AttributeReader {
  const labels = labelPool();
  const wanted = wantedOf(selectable, (bytes, start, end) => labels(bytes.toString('utf8', start, end)));
  const fieldsOf = (object: KubeObject) => selectable?.fields(object) ?? NO_FIELDS;
  return {
    ofObject: (object) => ({
      labels: object.metadata.labels === undefined ? NO_LABELS : labels(JSON.stringify(object.metadata.labels)),
      fields: fieldsOf(object),
    }),
    ofBytes(bytes) {
      const sparse = readSparse(bytes, wanted) as KubeObject | undefined;
      if (sparse === undefined) return undefined;
      return { labels: (sparse.metadata.labels as LabelSet | undefined) ?? NO_LABELS, fields: fieldsOf(sparse) };
    },
  };
}

function wantedOf(selectable: Selectable | undefined, readLabels: ReadValue): Wanted {
  const newReader = textPool();
  const paths = selectable?.reads.map((path): [string, ReadValue] => [path, newReader()]) ?? [];
  return wantedFields(new Map([...paths, [LABELS_PATH, readLabels]]));
}

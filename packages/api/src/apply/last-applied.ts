/**
 * The way from client-side to server-side apply: kubectl's own conflicts over values that it applied itself, as its
 * annotation remembers them, are none; and the annotation follows what is applied, so that the way back stays open.
 */
import type { KubeObject } from '../contract.ts';
import { parseJson } from '../json/numbers.ts';
import type { StructSchema } from '../schema/schema.ts';
import { compareFields, fieldSetOf } from './compare.ts';
import { difference, EMPTY_SET, type FieldSet, union } from './field-set.ts';
import { decodePartial } from './partial.ts';

/** The field manager of `kubectl apply --server-side`; with any other name nothing here happens. */
export const KUBECTL_MANAGER = 'kubectl';
/** Where `kubectl apply` keeps what it applied last. */
export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

function lastAppliedOf(live: KubeObject | undefined): string {
  return live?.metadata.annotations?.[LAST_APPLIED_ANNOTATION] ?? '';
}

/** Fields that the client applied, in this version, and that still have the value it gave them: to change these is no conflict. */
export function fieldsLastApplied(live: KubeObject | undefined, schema: StructSchema, apiVersion: string): FieldSet {
  const text = lastAppliedOf(live);
  if (text === '') return EMPTY_SET;
  let applied: unknown;
  try {
    const document = parseJson(text) as KubeObject;
    if (document.apiVersion !== apiVersion) return EMPTY_SET;
    applied = decodePartial(document, schema);
  } catch {
    return EMPTY_SET; // An annotation that nobody can read allows nothing.
  }
  const { added, modified, removed } = compareFields(live, applied, schema);
  return difference(fieldSetOf(applied, schema), union(union(added, modified), removed));
}

/** The object after an apply, its annotation brought up to date where it has one. */
export function rememberApplied<T extends KubeObject>(next: T, applied: unknown): T {
  if (lastAppliedOf(next) === '') return next;
  const { metadata = {}, ...rest } = applied as KubeObject;
  const { managedFields: _, annotations, ...others } = metadata;
  const { [LAST_APPLIED_ANNOTATION]: _own, ...kept } = annotations ?? {};
  const remembered = { ...rest, metadata: annotations === undefined ? others : { ...others, annotations: kept } };
  const text = `${JSON.stringify(remembered)}\n`;
  const named = { ...next.metadata.annotations, [LAST_APPLIED_ANNOTATION]: text };
  return { ...next, metadata: { ...next.metadata, annotations: named } };
}

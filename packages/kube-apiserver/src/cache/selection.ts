import type { LabelMatcher } from '@steersman/api';
import type { CacheEntry } from './entry.ts';

/** Which entries of a resource a list or watch is about. */
export interface Selection {
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  /** Set when only one name is asked for, by path or by field selector. */
  readonly name: string | undefined;
  readonly labels: LabelMatcher | undefined;
  /** Requirements on fields other than metadata.namespace. */
  readonly fields: readonly FieldRequirement[];
  /** Same text, same selection: watchers with equal texts share their work. */
  readonly text: string;
}
export interface FieldRequirement {
  readonly field: string;
  readonly value: string;
  readonly equal: boolean;
}

export function selects(selection: Selection, entry: CacheEntry): boolean {
  if (selection.namespace !== undefined && entry.namespace !== selection.namespace) return false;
  if (selection.name !== undefined && entry.name !== selection.name) return false;
  for (const requirement of selection.fields)
    if ((fieldOf(entry, requirement.field) === requirement.value) !== requirement.equal) return false;
  return selection.labels === undefined || selection.labels.matches(entry.labels);
}

/** True when the selection takes every entry of its namespace. */
export function selectsAll(selection: Selection): boolean {
  return selection.name === undefined && selection.labels === undefined && selection.fields.length === 0;
}

export function fieldOf(entry: CacheEntry, field: string): string {
  if (field === 'metadata.name') return entry.name;
  if (field === 'metadata.namespace') return entry.namespace;
  return entry.fields[field] ?? '';
}

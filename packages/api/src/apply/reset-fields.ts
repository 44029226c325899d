/**
 * Fields that an endpoint does not write whatever is sent to it, such as the status of what is not the status endpoint: nobody
 * comes to own them through it.
 */
import { EMPTY_SET, type FieldSet, fieldPath, union } from './field-set.ts';
import type { TopFields } from './fields-of-new.ts';
import { UNOWNED_FIELDS } from './managers.ts';

export interface ResetFields {
  readonly set: FieldSet;
  /** With those that nobody can own anyway. */
  readonly top: TopFields;
}

/** From paths such as `['status']` or `['metadata', 'labels']`. */
export function resetFields(...paths: readonly (readonly string[])[]): ResetFields {
  const fields = paths.filter((path) => path.length === 1).map(([name = '']) => name);
  const metadata = paths
    .filter(([first]) => first === 'metadata')
    .flatMap(([, name]) => (name === undefined ? [] : [name]));
  return {
    set: paths.reduce((set, path) => union(set, fieldPath(...path)), EMPTY_SET),
    top: {
      fields: new Set([...UNOWNED_FIELDS.fields, ...fields]),
      metadata: new Set([...UNOWNED_FIELDS.metadata, ...metadata]),
    },
  };
}

export const NOTHING_RESET: ResetFields = { set: EMPTY_SET, top: UNOWNED_FIELDS };

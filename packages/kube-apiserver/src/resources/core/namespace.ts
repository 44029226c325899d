/** Namespaces: never gone before their finalizers are. */
import { type Draft, type FieldError, type FieldPath, fieldErrors, type Namespace, names, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, invalidFor } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

const FINALIZERS = path('spec', 'finalizers');
const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];
const NAME_LABEL = 'kubernetes.io/metadata.name';

export const namespace: Strategy<Namespace> = {
  validated: true,
  defaults(draft) {
    if (!draft.metadata.name) return;
    draft.metadata.labels ??= {};
    draft.metadata.labels[NAME_LABEL] = draft.metadata.name;
  },
  prepareForCreate(draft) {
    draft.status = { phase: 'Active' };
    draft.spec ??= {};
    const finalizers = draft.spec.finalizers ?? [];
    if (!finalizers.includes('kubernetes')) draft.spec.finalizers = [...finalizers, 'kubernetes'];
  },
  prepareForUpdate(draft, old) {
    // Finalizers of the spec are removed through the finalize subresource only.
    draft.spec = { ...draft.spec, finalizers: [...(old.spec?.finalizers ?? [])] };
    draft.status = structuredClone(old.status ?? {}) as Draft<Namespace>['status'];
  },
  validateName: names.asPrefix(names.dns1123Label),
  validate: ({ spec }) => (spec?.finalizers ?? []).flatMap((name) => validateFinalizer(name, FINALIZERS)),
  validateUpdate: () => [],
  status: {
    prepareForUpdate(draft, old) {
      draft.spec = structuredClone(old.spec ?? {}) as Draft<Namespace>['spec'];
    },
    validateUpdate: validateStatus,
  },
  columns: [
    nameColumn(),
    text('Status', 'Active, or Terminating while it is emptied.', ({ status }) => status?.phase ?? ''),
    ageColumn(),
  ],
  selectable: {
    reads: ['metadata.name', 'status.phase'],
    fields: ({ metadata, status }) => ({ name: metadata.name ?? '', 'status.phase': status?.phase ?? '' }),
  },
};

/** Of the finalize subresource, which says which one is wrong. */
export function validateFinalizers({ spec }: Namespace): FieldError[] {
  return each(spec?.finalizers, FINALIZERS, validateFinalizer);
}

function validateFinalizer(name: string, at: FieldPath): FieldError[] {
  const detail = 'name is neither a standard finalizer name nor is it fully qualified';
  const plain = STANDARD_FINALIZERS.includes(name) || name.includes('/');
  return [
    ...invalidFor(names.qualifiedName(name), name, at),
    ...(plain ? [] : [fieldErrors.invalid(at, name, detail)]),
  ];
}

function validateStatus({ metadata, status }: Namespace): FieldError[] {
  const terminating = metadata.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null;
  if (terminating && status?.phase !== 'Terminating') {
    return [
      fieldErrors.invalid(
        path('status', 'Phase'),
        status?.phase ?? '',
        "may only be 'Terminating' if `deletionTimestamp` is not empty",
      ),
    ];
  }
  if (!terminating && status?.phase !== 'Active') {
    return [
      fieldErrors.invalid(
        path('status', 'Phase'),
        status?.phase ?? '',
        "may only be 'Active' if `deletionTimestamp` is empty",
      ),
    ];
  }
  return [];
}

/** What an update of a PersistentVolumeClaim may change, and what its status may say. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  type PersistentVolumeClaim,
  path,
  semanticEqual,
} from '@steersman/api';
import { immutable, invalidFor } from '../checks.ts';
import { unifiedDiff } from '../pod-spec/difference.ts';
import { internalForm } from '../pod-spec/internal-form.ts';
import { isNativeResource, quantityOf, validateAmount, validateBasicAmount } from '../pod-spec/quantities.ts';

export const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const SPEC = path('spec');
const FROZEN =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
const RESIZE_STATUSES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizePending',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
].toSorted();

type Claim = PersistentVolumeClaim;
type Spec = Claim['spec'];

export function validateClaimChange(claim: Claim, old: Claim): FieldError[] {
  const { errors, storageClassName } = validateClassChange(claim, old);
  const bound = claim.status?.phase === 'Bound';
  const before: Spec = { ...old.spec, volumeName: old.spec.volumeName || claim.spec.volumeName };
  const after: Spec = {
    ...claim.spec,
    storageClassName,
    resources: bound ? withStorageOf(claim.spec.resources, old.spec.resources) : claim.spec.resources,
    volumeAttributesClassName: bound ? old.spec.volumeAttributesClassName : claim.spec.volumeAttributesClassName,
  };
  const shown = (spec: Spec) => internalForm(spec, 'PersistentVolumeClaimSpec');
  if (!semanticEqual(shown(after), shown(before)))
    errors.push(fieldErrors.forbidden(SPEC, `${FROZEN}\n${unifiedDiff(shown(before), shown(after))}`));
  return [
    ...errors,
    ...validateShrinking(claim, old),
    ...immutable(claim.spec.volumeMode, old.spec.volumeMode, path('volumeMode')),
    ...validateAttributesClass(claim, old),
  ];
}

/** The class may move from the annotation into its field, and be given where there was none; `storageClassName` is then what counts as unchanged. */
function validateClassChange(claim: Claim, old: Claim): { errors: FieldError[]; storageClassName: string | undefined } {
  const now = claim.metadata.annotations?.[CLASS_ANNOTATION];
  const before = old.metadata.annotations?.[CLASS_ANNOTATION];
  const { storageClassName } = claim.spec;
  const given = storageClassName !== undefined && old.spec.storageClassName === undefined;
  if (given && before === storageClassName && (now === undefined || now === before))
    return { errors: [], storageClassName: undefined };
  const errors =
    (now ?? '') === (before ?? '')
      ? []
      : [fieldErrors.invalid(path('metadata', 'annotations', CLASS_ANNOTATION), now ?? '', 'field is immutable')];
  const adopted = given && (before === undefined || before === storageClassName);
  return { errors, storageClassName: adopted ? undefined : storageClassName };
}

function withStorageOf(resources: Spec['resources'], old: Spec['resources']): Spec['resources'] {
  const storage = old?.requests?.['storage'];
  if (resources?.requests === undefined || storage === undefined) return resources;
  return { ...resources, requests: { ...resources.requests, storage } };
}

/** A claim may ask for less while nothing that small is there yet: that is how a failed expansion is taken back. */
function validateShrinking({ spec }: Claim, old: Claim): FieldError[] {
  const before = quantityOf(old.spec.resources?.requests?.['storage']);
  const now = quantityOf(spec.resources?.requests?.['storage'] ?? '0');
  const actual = quantityOf(old.status?.capacity?.['storage'] ?? '0');
  if (before === undefined || now === undefined || actual === undefined || now.compare(before) >= 0) return [];
  if (now.compare(actual) > 0) return [];
  return [
    fieldErrors.forbidden(SPEC.child('resources', 'requests', 'storage'), 'field can not be less than status.capacity'),
  ];
}

function validateAttributesClass({ spec }: Claim, old: Claim): FieldError[] {
  const name = spec.volumeAttributesClassName;
  const applied = old.status?.currentVolumeAttributesClassName !== undefined;
  if (!applied || name === old.spec.volumeAttributesClassName || (name ?? '') !== '') return [];
  const detail = `update to ${name === undefined ? 'nil' : 'empty string'} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  return [fieldErrors.forbidden(SPEC.child('volumeAttributesClassName'), detail)];
}

export function validateClaimStatus({ spec, status }: Claim): FieldError[] {
  const at = path('status');
  const errors: FieldError[] = [];
  if ((spec.accessModes ?? []).length === 0) errors.push(fieldErrors.required(path('Spec', 'accessModes'), ''));
  for (const [name, text] of Object.entries(status?.capacity ?? {}))
    errors.push(...validateBasicAmount(text, at.child('capacity').key(name)));
  for (const [name, value] of Object.entries(status?.allocatedResourceStatuses ?? {})) {
    const where = at.child('allocatedResourceStatuses');
    errors.push(...validateResourceKey(name, where));
    if (!RESIZE_STATUSES.includes(value)) errors.push(fieldErrors.notSupported(where, name, RESIZE_STATUSES));
  }
  for (const [name, text] of Object.entries(status?.allocatedResources ?? {})) {
    const where = at.child('allocatedResources');
    const found = [validateResourceKey(name, where), validateBasicAmount(text, where.key(name))].find(
      (list) => list.length > 0,
    );
    errors.push(...(found ?? validateAmount('storage', text, where.key(name))));
  }
  return errors;
}

function validateResourceKey(name: string, at: FieldPath): FieldError[] {
  const malformed = invalidFor(names.qualifiedName(name), name, at);
  if (malformed.length > 0 || name === 'storage' || !isNativeResource(name)) return malformed;
  return [fieldErrors.notSupported(at, name, ['storage'])];
}

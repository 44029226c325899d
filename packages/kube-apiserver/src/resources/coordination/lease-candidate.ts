/** LeaseCandidates: who stands for the election of a leader (KEP-4355). */
import { type FieldError, fieldErrors, names, path, semanticEqual, type V1beta1LeaseCandidate } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { empty } from '../checks.ts';
import { validateStrategy } from './lease.ts';

const SPEC = path('spec');
const SEMANTIC_VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

export const leaseCandidate: Strategy<V1beta1LeaseCandidate> = {
  validated: true,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  // Named after who stands for election, which has an underscore.
  validateName: (name) => names.configMapKey(name),
  validate,
  validateUpdate: (object, old) => [
    ...validate(object),
    ...(semanticEqual(object.spec.leaseName, old.spec.leaseName)
      ? []
      : [fieldErrors.invalid(SPEC.child('leaseName'), object.spec.leaseName, 'field is immutable')]),
  ],
};

function validate({ spec }: V1beta1LeaseCandidate): FieldError[] {
  const { leaseName, binaryVersion, emulationVersion = '', strategy } = spec;
  const required = (field: string, detail = '') => fieldErrors.required(SPEC.child(field), detail);
  const [binary, emulated] = [parsed(binaryVersion), parsed(emulationVersion)];
  const problems: FieldError[] = empty(leaseName) ? [required('leaseName')] : [];
  if (emulationVersion !== '' && emulated === undefined)
    problems.push(notSemantic('emulationVersion', emulationVersion));
  if (empty(binaryVersion)) problems.push(required('binaryVersion'));
  else if (binary === undefined) problems.push(notSemantic('binaryVersion', binaryVersion));
  if (!empty(binaryVersion) && emulationVersion !== '' && isOlder(binary, emulated)) {
    const detail = 'must be greater than or equal to `emulationVersion`';
    problems.push(fieldErrors.invalid(SPEC.child('binaryVersion'), binaryVersion, detail));
  }
  if (empty(strategy)) return [...problems, required('strategy')];
  if (strategy === 'OldestEmulationVersion' && (emulated ?? [0, 0, 0]).every((part) => part === 0))
    problems.push(required('emulationVersion', "must be specified when `strategy` is 'OldestEmulationVersion'"));
  return [...problems, ...validateStrategy(strategy, SPEC.child('strategy'))];
}

function notSemantic(field: string, value: string): FieldError {
  return fieldErrors.invalid(SPEC.child(field), value, 'must be a valid semantic version');
}

function parsed(text: string): readonly number[] | undefined {
  const match = SEMANTIC_VERSION.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

function isOlder(version: readonly number[] = [0, 0, 0], than: readonly number[] = [0, 0, 0]): boolean {
  const index = version.findIndex((part, at) => part !== than[at]);
  return index !== -1 && (version[index] ?? 0) < (than[index] ?? 0);
}

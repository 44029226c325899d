/** How much of a device's capacity a request may take, when several requests share the device (KEP-5075). */
import { type DeviceCapacity, type FieldError, type FieldPath, fieldErrors, type Quantity } from '@steersman/api';
import { quantityOf } from '../pod-spec/quantities.ts';

type Policy = NonNullable<DeviceCapacity['requestPolicy']>;
type Range = NonNullable<Policy['validRange']>;

const OPTIONS_MAX = 10; // resource.CapacityRequestPolicyDiscreteMaxOptions.

export function validateRequestPolicy({ value, requestPolicy }: DeviceCapacity, at: FieldPath): FieldError[] {
  const { validValues = [], validRange, default: usual } = requestPolicy ?? {};
  const exclusive =
    'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
  if (validValues.length > 0 && validRange !== undefined) return [fieldErrors.forbidden(at, exclusive)];
  const kind = validValues.length > 0 ? 'validValues' : 'validRange';
  if (validValues.length === 0 && validRange === undefined) return [];
  const [most, given] = [quantityOf(value), quantityOf(usual)];
  if (given === undefined) return [fieldErrors.required(at.child('default'), `required when ${kind} is defined`)];
  if (most === undefined) return [];
  return validRange === undefined
    ? validateValues(validValues, given, most, at.child(kind))
    : validateRange(validRange, given, most, at.child(kind));
}

function validateValues(values: readonly string[], usual: Quantity, most: Quantity, at: FieldPath): FieldError[] {
  const options = values.map((value) => quantityOf(value)).filter((option) => option !== undefined);
  const errors: FieldError[] = [];
  options.forEach((option, index) => {
    const before = options[index - 1];
    if (before !== undefined && before.compare(option) > 0)
      errors.push(fieldErrors.invalid(at.index(index), option.toString(), 'values must be sorted in ascending order'));
  });
  if (options.length > OPTIONS_MAX) errors.push(fieldErrors.tooMany(at, options.length, OPTIONS_MAX));
  else
    options.forEach((option, index) => {
      const detail = `option is larger than capacity value: ${most}`;
      if (option.compare(most) > 0) errors.push(fieldErrors.invalid(at.index(index), option.toString(), detail));
    });
  options.forEach((option, index) => {
    const twice = options.findIndex((other) => other.compare(option) === 0) < index;
    if (twice) errors.push(fieldErrors.duplicate(at.index(index), Number(option.value())));
  });
  if (options.some((option) => option.compare(usual) === 0)) return errors;
  const detail = 'default value is not valid according to the requestPolicy';
  return [...errors, fieldErrors.invalid(at, usual.toString(), detail)];
}

function validateRange(range: Range, usual: Quantity, most: Quantity, at: FieldPath): FieldError[] {
  const [least, highest, step] = [quantityOf(range.min), quantityOf(range.max), quantityOf(range.step)];
  if (least === undefined) return [fieldErrors.required(at.child('min'), 'required when validRange is defined')];
  const errors: FieldError[] = [];
  const refuse = (field: string, value: Quantity, detail: string) =>
    errors.push(fieldErrors.invalid(at.child(field), value.toString(), detail));
  if (least.compare(most) > 0) refuse('min', least, `min is larger than capacity value: ${most}`);
  if (usual.compare(least) < 0) refuse('default', usual, `default is less than min: ${least}`);
  if (highest !== undefined) {
    if (least.compare(highest) > 0) refuse('max', least, `min is larger than max: ${highest}`);
    if (highest.compare(most) > 0) refuse('max', highest, `max is larger than capacity value: ${most}`);
    if (usual.compare(highest) > 0) refuse('default', usual, `default is more than max: ${highest}`);
  }
  if (step === undefined) return errors;
  if (step.sign() <= 0) refuse('step', step, 'must be greater than zero');
  else errors.push(...validateSteps([usual, ...(highest === undefined ? [] : [highest])], least, step, most, at));
  return errors;
}

/** Default and maximum are reached from the minimum in whole steps. */
function validateSteps(
  values: readonly Quantity[],
  least: Quantity,
  step: Quantity,
  most: Quantity,
  at: FieldPath,
): FieldError[] {
  const where = at.child('step');
  const first = least.add(step);
  const far = `one step ${first} is larger than capacity value: ${most}`;
  const uneven = values.filter((value) => (value.value() - least.value()) % step.value() !== 0n);
  return [
    ...(first.compare(most) > 0 ? [fieldErrors.invalid(where, step.toString(), far)] : []),
    ...uneven.map((value) =>
      fieldErrors.invalid(where, value.toString(), `value is not a multiple of a given step (${step}) from (${least})`),
    ),
  ];
}

/** Resource names and amounts: what a container may ask for. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  names,
  parseQuantity,
  type Quantity,
  type ResourceRequirements,
} from '@steersman/api';
import { invalidFor } from '../checks.ts';

const CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);
const HUGE_PAGES = 'hugepages-';

type Amounts = Readonly<Record<string, string>> | undefined;

/** The quantity, or undefined when the text is none (the decoder refuses those with its own message). */
export function quantityOf(text: string | undefined): Quantity | undefined {
  if (text === undefined) return undefined;
  try {
    return parseQuantity(text);
  } catch {
    return undefined;
  }
}

/** Names with a domain other than kubernetes.io: device plugins' resources, counted in whole units. */
function isExtendedResource(name: string): boolean {
  return (
    name.includes('/') &&
    !isNativeResource(name) &&
    !name.startsWith('requests.') &&
    names.qualifiedName(`requests.${name}`).length === 0
  );
}

function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.slice(0, name.indexOf('/')).endsWith('kubernetes.io');
}

function validateContainerResourceName(name: string, at: FieldPath): FieldError[] {
  const malformed = invalidFor(names.qualifiedName(name), name, at);
  if (malformed.length > 0) return malformed;
  if (!name.includes('/')) {
    const standard = CONTAINER_RESOURCES.has(name) || name.startsWith(HUGE_PAGES);
    return standard ? [] : [fieldErrors.invalid(at, name, 'must be a standard resource for containers')];
  }
  if (isNativeResource(name) || isExtendedResource(name)) return [];
  return [fieldErrors.invalid(at, name, "doesn't follow extended resource name standard")];
}

/** An amount that may not be negative, and is whole where the resource is counted in units. */
export function validateAmount(name: string, text: string, at: FieldPath): FieldError[] {
  const quantity = quantityOf(text);
  if (quantity === undefined) return [];
  const errors: FieldError[] = [];
  if (quantity.sign() < 0)
    errors.push(fieldErrors.invalid(at, quantity.toString(), 'must be greater than or equal to 0'));
  if (isExtendedResource(name) && quantity.milliValue() % 1000n !== 0n)
    errors.push(fieldErrors.invalid(at, quantity.toString(), 'must be an integer'));
  return errors;
}

function validateAmounts(amounts: Amounts, at: FieldPath): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, text]) => [
    ...validateContainerResourceName(name, at.key(name)),
    ...validateAmount(name, text, at.key(name)),
  ]);
}

export function validateResourceRequirements(resources: ResourceRequirements | undefined, at: FieldPath): FieldError[] {
  if (resources === undefined) return [];
  const { requests, limits } = resources;
  const errors = [
    ...validateAmounts(limits, at.child('limits')),
    ...Object.entries(requests ?? {}).flatMap(([name, text]) => validateRequest(name, text, limits, at)),
  ];
  const asked = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  const hugePages = asked.some((name) => name.startsWith(HUGE_PAGES));
  if (hugePages && !asked.includes('cpu') && !asked.includes('memory'))
    errors.push(fieldErrors.forbidden(at, 'HugePages require cpu or memory'));
  return errors;
}

/** A request stays within its limit; resources that cannot be overcommitted need both, equal. */
function validateRequest(name: string, text: string, limits: Amounts, at: FieldPath): FieldError[] {
  const errors = validateAmounts({ [name]: text }, at.child('requests'));
  const request = quantityOf(text);
  const limit = quantityOf(limits?.[name]);
  const overcommit = isNativeResource(name) && !name.startsWith(HUGE_PAGES);
  if (request === undefined) return errors;
  if (limit === undefined) {
    if (!overcommit)
      errors.push(fieldErrors.required(at.child('limits'), 'Limit must be set for non overcommitable resources'));
  } else if (overcommit && request.compare(limit) > 0) {
    errors.push(
      fieldErrors.invalid(
        at.child('requests'),
        request.toString(),
        `must be less than or equal to ${name} limit of ${limit}`,
      ),
    );
  } else if (!overcommit && request.compare(limit) !== 0) {
    errors.push(
      fieldErrors.invalid(at.child('requests'), request.toString(), `must be equal to ${name} limit of ${limit}`),
    );
  }
  return errors;
}

/** Resource names and amounts: what containers, pods, quotas and limit ranges may name. */
import { type FieldError, type FieldPath, fieldErrors, names, parseQuantity, Quantity } from '@steersman/api';
import { invalidFor } from '../checks.ts';

const HUGE_PAGES = 'hugepages-';
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const COMPUTE_PARTS = ['requests.', 'limits.'].flatMap((part) => COMPUTE.map((name) => part + name));
/** Objects that quotas count by these short names; their amounts are whole. */
const COUNTED = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(COMPUTE);
const INTEGER_RESOURCES: ReadonlySet<string> = new Set(COUNTED);
const QUOTA_RESOURCES: ReadonlySet<string> = new Set([...COMPUTE, ...COMPUTE_PARTS, 'requests.storage', ...COUNTED]);
const STANDARD_RESOURCES: ReadonlySet<string> = new Set([...QUOTA_RESOURCES, 'storage']);
const POD_RESOURCES = ['cpu', HUGE_PAGES, 'memory'];

/** A rule for the names of resources in some place. */
export type ResourceNameRule = (name: string, at: FieldPath) => FieldError[];

/** The quantity, or undefined when the text is none (the decoder refuses those with its own message). */
export function quantityOf(text: string | undefined): Quantity | undefined {
  if (text === undefined) return undefined;
  try {
    return parseQuantity(text);
  } catch {
    return undefined;
  }
}

export function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}

/** Names with a domain other than kubernetes.io: device plugins' resources, counted in whole units. */
function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false;
  return names.qualifiedName(`requests.${name}`).length === 0;
}

export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** Whether requests may be smaller than limits. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

function isQuotaHugePages(name: string): boolean {
  return isHugePages(name) || name.startsWith(`requests.${HUGE_PAGES}`);
}

export function isQuotaResource(name: string): boolean {
  return QUOTA_RESOURCES.has(name) || isQuotaHugePages(name);
}

/** Any resource: a name of ours, or one with a domain. */
export function validateResourceName(name: string, at: FieldPath): FieldError[] {
  const malformed = invalidFor(names.qualifiedName(name), name, at);
  if (malformed.length > 0) return malformed;
  if (name.includes('/') || STANDARD_RESOURCES.has(name) || isQuotaHugePages(name)) return [];
  return [fieldErrors.invalid(at, name, 'must be a standard resource type or fully qualified')];
}

export function validateContainerResourceName(name: string, at: FieldPath): FieldError[] {
  const errors = validateResourceName(name, at);
  if (!name.includes('/')) {
    if (!CONTAINER_RESOURCES.has(name) && !isHugePages(name))
      errors.push(fieldErrors.invalid(at, name, 'must be a standard resource for containers'));
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(fieldErrors.invalid(at, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

/** What a whole pod may ask for. */
export function validatePodResourceName(name: string, at: FieldPath): FieldError[] {
  const errors = validateResourceName(name, at);
  if (errors.length > 0 || isPodResource(name)) return errors;
  return [fieldErrors.notSupported(at, name, POD_RESOURCES)];
}

export function isPodResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || isHugePages(name);
}

export function validateQuotaResourceName(name: string, at: FieldPath): FieldError[] {
  const errors = validateResourceName(name, at);
  if (!name.includes('/') && !isQuotaResource(name))
    errors.push(fieldErrors.invalid(at, name, 'must be a standard resource for quota'));
  return errors;
}

/** An amount that may not be negative, and is whole where the resource is counted in units. */
export function validateAmount(name: string, text: string, at: FieldPath): FieldError[] {
  const quantity = quantityOf(text);
  if (quantity === undefined) return [];
  const errors: FieldError[] = [];
  if (quantity.sign() < 0)
    errors.push(fieldErrors.invalid(at, quantity.toString(), 'must be greater than or equal to 0'));
  const whole = INTEGER_RESOURCES.has(name) || isExtendedResource(name);
  if (whole && quantity.milliValue() % 1000n !== 0n)
    errors.push(fieldErrors.invalid(at, quantity.toString(), 'must be an integer'));
  return errors;
}

/** An amount of which only the sign matters. */
export function validateBasicAmount(text: string, at: FieldPath): FieldError[] {
  const quantity = quantityOf(text);
  if (quantity === undefined || quantity.value() >= 0n) return [];
  return [fieldErrors.invalid(at, Number(quantity.value()), 'must be a valid resource quantity')];
}

/** Huge pages come in whole pages of the size that the name says. */
export function validateHugePages(name: string, quantity: Quantity, at: FieldPath): FieldError[] {
  if (!isHugePages(name)) return [];
  const size = quantityOf(name.slice(HUGE_PAGES.length));
  const divisible =
    size !== undefined && size.sign() > 0 && size.milliValue() % 1000n === 0n && quantity.value() % size.value() === 0n;
  if (divisible) return [];
  const detail = `${quantity} is not positive integer multiple of ${name}`;
  return [fieldErrors.invalid(at, quantity.toString(), detail)];
}

/** Amounts are kept in thousandths: finer ones are rounded up. */
export function roundUpAmounts(amounts: Record<string, string> | undefined): void {
  for (const [name, text] of Object.entries(amounts ?? {})) {
    // Only these texts can be finer; all others are left unparsed.
    const quantity = /[nu.]/.test(text) ? quantityOf(text) : undefined;
    if (amounts === undefined || quantity === undefined) continue;
    const rounded = Quantity.ofMilli(quantity.milliValue());
    if (rounded.compare(quantity) !== 0) amounts[name] = rounded.toString();
  }
}

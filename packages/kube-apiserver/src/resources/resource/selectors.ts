/** Expressions that choose devices (KEP-4381). */
import { type DeviceSelector, type FieldError, type FieldPath, fieldErrors } from '@steersman/api';
import { compile, type Environment } from '../cel/compile.ts';
import { each } from '../checks.ts';

const EXPRESSION_BYTES_MAX = 10 * 1024; // resource.CELSelectorExpressionMaxLength.
/** Attributes and capacities are maps of maps whose values only a driver knows. */
const ENVIRONMENT: Environment = {
  variables: { device: 'kubernetes.DRADevice' },
  structs: {
    'kubernetes.DRADevice': {
      driver: 'string',
      attributes: 'map',
      capacity: 'map',
      allowMultipleAllocations: 'bool',
    },
  },
};

export function validateSelectors(selectors: readonly DeviceSelector[] | undefined, at: FieldPath): FieldError[] {
  return each(selectors, at, ({ cel }, where) => {
    if (cel === undefined) return [fieldErrors.required(where.child('cel'), '')];
    return validateExpression(cel.expression ?? '', where.child('cel', 'expression'));
  });
}

function validateExpression(expression: string, at: FieldPath): FieldError[] {
  if (Buffer.byteLength(expression) > EXPRESSION_BYTES_MAX) return [fieldErrors.tooLong(at, '', EXPRESSION_BYTES_MAX)];
  const { problem, type } = compile(expression, ENVIRONMENT);
  if (problem !== undefined) return [fieldErrors.invalid(at, expression, problem)];
  if (type === 'bool' || type === 'dyn' || type === 'unknown') return [];
  return [fieldErrors.invalid(at, expression, `must evaluate to bool or the unknown type, not ${type}`)];
}

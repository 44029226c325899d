/** When one container is started again, whatever the pod's own policy says (KEP-753, KEP-5307, KEP-5532). */
import { type Container, type FieldError, type FieldPath, fieldErrors } from '@steersman/api';
import { each, oneOf } from '../checks.ts';

const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;

export function validateRestartPolicy(
  { restartPolicy, restartPolicyRules: rules = [] }: Container,
  at: FieldPath,
): FieldError[] {
  const policyAt = at.child('restartPolicy');
  const rulesAt = at.child('restartPolicyRules');
  const errors: FieldError[] = [];
  if (restartPolicy !== undefined) errors.push(...oneOf(restartPolicy, ['Always', 'Never', 'OnFailure'], policyAt));
  else if (rules.length > 0)
    errors.push(fieldErrors.required(policyAt, 'must specify restartPolicy when restart rules are used'));
  if (rules.length > RULES_MAX) errors.push(fieldErrors.tooMany(rulesAt, rules.length, RULES_MAX));
  return [...errors, ...each(rules, rulesAt, validateRule)];
}

type Rule = NonNullable<Container['restartPolicyRules']>[number];

function validateRule({ action, exitCodes }: Rule, at: FieldPath): FieldError[] {
  const codesAt = at.child('exitCodes');
  const errors = oneOf(action, ['Restart', 'RestartAllContainers'], at.child('action'));
  if (exitCodes === undefined) return [...errors, fieldErrors.required(codesAt, 'must be specified')];
  errors.push(...oneOf(exitCodes.operator, ['In', 'NotIn'], codesAt.child('operator')));
  const count = exitCodes.values?.length ?? 0;
  if (count > EXIT_CODES_MAX) errors.push(fieldErrors.tooMany(codesAt.child('values'), count, EXIT_CODES_MAX));
  return errors;
}

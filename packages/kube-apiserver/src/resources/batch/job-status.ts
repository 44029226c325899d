/** What a Job's status may say, and how it may move: external controllers write it too (KEP-4368). */
import { type FieldError, fieldErrors, type Job, OMITTED, path, semanticEqual } from '@steersman/api';
import { nonNegativeFields } from '../checks.ts';
import { countIndexes, overlapOf } from './indexes.ts';

type Status = NonNullable<Job['status']>;
const AT = path('status');
const CONDITIONS = AT.child('conditions');

/** The two versions of a status; each rule runs only when what it looks at has changed, so that old objects stay writable. */
interface Move {
  readonly spec: Job['spec'];
  readonly now: Status;
  readonly old: Status;
  readonly is: (type: string) => boolean;
  readonly was: (type: string) => boolean;
  /** Whether one of these fields or conditions (capitalised) has changed. */
  readonly changed: (...names: readonly string[]) => boolean;
}

export function validateJobStatus({ spec, status: now = {} }: Job, { status: old = {} }: Job): FieldError[] {
  const is = (type: string) => holds(now, type);
  const was = (type: string) => holds(old, type);
  const changed = (...names: readonly string[]) =>
    names.some((name) =>
      /^[A-Z]/.test(name)
        ? is(name) !== was(name)
        : !semanticEqual(now[name as keyof Status] ?? null, old[name as keyof Status] ?? null),
    );
  const move: Move = { spec, now, old, is, was, changed };
  return [
    ...nonNegativeFields(now, ['active', 'succeeded', 'failed', 'ready', 'terminating'], AT),
    ...validateUncounted(now),
    ...validateTerminalConditions(move),
    ...validateTimes(move),
    ...validateCauses(move),
    ...validateFinished(move),
    ...validateIndexes(move),
    ...validatePodCounts(move),
    ...validateSuccessConditions(move),
    ...validateTransitions(move),
  ];
}

function holds(status: Status, type: string): boolean {
  return status.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

function contradiction(detail: string): FieldError {
  return fieldErrors.invalid(CONDITIONS, OMITTED, detail);
}

function validateUncounted({ uncountedTerminatedPods: pods }: Status): FieldError[] {
  const at = AT.child('uncountedTerminatedPods');
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const field of ['succeeded', 'failed'] as const)
    (pods?.[field] ?? []).forEach((uid, index) => {
      const where = at.child(field).index(index);
      if (uid === '') errors.push(fieldErrors.invalid(where, uid, 'must not be empty'));
      else if (seen.has(uid)) errors.push(fieldErrors.duplicate(where, uid));
      seen.add(uid);
    });
  return errors;
}

function validateTerminalConditions({ is, changed }: Move): FieldError[] {
  const errors: FieldError[] = [];
  if (changed('Complete', 'Failed') && is('Complete') && is('Failed'))
    errors.push(contradiction('cannot set Complete=True and Failed=true conditions'));
  if (changed('Complete', 'FailureTarget') && is('Complete') && is('FailureTarget'))
    errors.push(contradiction('cannot set Complete=True and FailureTarget=true conditions'));
  return errors;
}

function validateTimes({ now, is, changed }: Move): FieldError[] {
  const at = AT.child('completionTime');
  const { startTime, completionTime } = now;
  const errors: FieldError[] = [];
  if (changed('Complete', 'completionTime')) {
    if (completionTime && !is('Complete')) {
      const detail = 'cannot set completionTime when there is no Complete=True condition';
      errors.push(fieldErrors.invalid(at, completionTime, detail));
    }
    if (!completionTime && is('Complete'))
      errors.push(fieldErrors.required(at, 'completionTime is required for Complete jobs'));
  }
  const early = startTime && completionTime && completionTime < startTime;
  if (early && changed('startTime', 'completionTime'))
    errors.push(fieldErrors.invalid(at, completionTime, 'completionTime cannot be set before startTime'));
  return errors;
}

function validateCauses({ is, changed }: Move): FieldError[] {
  const errors: FieldError[] = [];
  if (changed('Failed', 'FailureTarget') && is('Failed') && !is('FailureTarget'))
    errors.push(contradiction('cannot set Failed=True condition without the FailureTarget=true condition'));
  if (changed('Complete', 'SuccessCriteriaMet') && is('Complete') && !is('SuccessCriteriaMet'))
    errors.push(contradiction('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'));
  return errors;
}

/** A finished job has no pods left to think about. */
function validateFinished({ now, is, was, changed }: Move): FieldError[] {
  const finished = is('Complete') || is('Failed');
  if (!finished) return [];
  const just = !was('Complete') && !was('Failed');
  const { active = 0, uncountedTerminatedPods: pods } = now;
  const errors: FieldError[] = [];
  if ((just || changed('active')) && active > 0)
    errors.push(fieldErrors.invalid(AT.child('active'), active, 'active>0 is invalid for finished job'));
  if ((just || changed('startTime')) && !now.startTime)
    errors.push(fieldErrors.required(AT.child('startTime'), 'startTime is required for finished job'));
  const uncounted = (pods?.failed ?? []).length + (pods?.succeeded ?? []).length;
  if ((just || changed('uncountedTerminatedPods')) && uncounted > 0) {
    const value = { Succeeded: pods?.succeeded ?? null, Failed: pods?.failed ?? null };
    const detail = 'uncountedTerminatedPods needs to be empty for finished job';
    errors.push(fieldErrors.invalid(AT.child('uncountedTerminatedPods'), value, detail));
  }
  return errors;
}

function validateIndexes({ spec, now, changed }: Move): FieldError[] {
  const { completedIndexes: completed = '', failedIndexes: failed } = now;
  const { completions } = spec;
  const [completedAt, failedAt] = [AT.child('completedIndexes'), AT.child('failedIndexes')];
  const [completedChanged, failedChanged] = [changed('completedIndexes'), changed('failedIndexes')];
  const errors: FieldError[] = [];
  const parse = (text: string, name: string, at: typeof AT): void => {
    const counted = countIndexes(text, completions ?? 0);
    if (typeof counted === 'object')
      errors.push(fieldErrors.invalid(at, text, `error parsing ${name}: ${counted.problem}`));
  };
  const limited = spec.backoffLimitPerIndex !== undefined;
  if (completedChanged && completions !== undefined) parse(completed, 'completedIndexes', completedAt);
  if (failedChanged && completions !== undefined && limited && failed !== undefined)
    parse(failed, 'failedIndexes', failedAt);
  if (completedChanged && completed !== '' && spec.completionMode !== 'Indexed') {
    const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(fieldErrors.invalid(completedAt, completed, detail));
  }
  if (failedChanged && failed !== undefined && !limited) {
    const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(fieldErrors.invalid(failedAt, failed, detail));
  }
  if (!(completedChanged || failedChanged) || completions === undefined || failed === undefined) return errors;
  const overlap = overlapOf(completed, failed, completions);
  if (overlap === undefined) return errors;
  const detail = `failedIndexes and completedIndexes overlap at index: ${overlap}`;
  return [...errors, fieldErrors.invalid(failedAt, failed, detail)];
}

function validatePodCounts({ now, is, was, changed }: Move): FieldError[] {
  const finished = is('Complete') || is('Failed');
  const just = finished && !was('Complete') && !was('Failed');
  const { terminating = 0, ready = 0, active = 0 } = now;
  const errors: FieldError[] = [];
  if (finished && terminating > 0 && (just || changed('terminating')))
    errors.push(fieldErrors.invalid(AT.child('terminating'), terminating, 'terminating>0 is invalid for finished job'));
  if (ready > active && changed('ready', 'active'))
    errors.push(fieldErrors.invalid(AT.child('ready'), ready, 'cannot set more ready pods than active'));
  return errors;
}

function validateSuccessConditions({ spec, is }: Move): FieldError[] {
  const errors: FieldError[] = [];
  if (is('SuccessCriteriaMet') && is('Failed'))
    errors.push(contradiction('cannot set SuccessCriteriaMet=True and Failed=true conditions'));
  if (is('SuccessCriteriaMet') && is('FailureTarget'))
    errors.push(contradiction('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'));
  if (spec.successPolicy !== undefined && !is('SuccessCriteriaMet') && is('Complete'))
    errors.push(contradiction('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'));
  return errors;
}

/** What has been decided or counted stays so. */
function validateTransitions({ spec, now, old, is, was, changed }: Move): FieldError[] {
  const errors = ['Failed', 'Complete', 'FailureTarget']
    .filter((type) => was(type) && !is(type))
    .map((type) => contradiction(`cannot disable the terminal ${type}=True condition`));
  const elastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  for (const field of elastic ? (['failed'] as const) : (['failed', 'succeeded'] as const))
    if ((now[field] ?? 0) < (old[field] ?? 0))
      errors.push(fieldErrors.invalid(AT.child(field), now[field] ?? 0, `cannot decrease the ${field} counter`));
  if (now.completionTime && old.completionTime && now.completionTime !== old.completionTime) {
    const detail = 'completionTime cannot be mutated';
    errors.push(fieldErrors.invalid(AT.child('completionTime'), now.completionTime, detail));
  }
  if (old.startTime && changed('startTime') && spec.suspend !== true)
    errors.push(fieldErrors.required(AT.child('startTime'), 'startTime cannot be removed for unsuspended job'));
  if (was('SuccessCriteriaMet') && !is('SuccessCriteriaMet'))
    errors.push(contradiction('cannot disable the SuccessCriteriaMet=True condition'));
  if (was('Complete') && !was('SuccessCriteriaMet') && is('SuccessCriteriaMet'))
    errors.push(contradiction('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'));
  return errors;
}

import type { Clock, Metrics } from '@steersman/machinery';

export type AdmissionStep = 'mutate' | 'validate';

/** Runs what judges a request, or one plugin's part of it, and notes how long it took and whether it refused. */
export type MeasureAdmission = <T>(
  step: AdmissionStep,
  operation: string,
  plugin: string | undefined,
  run: () => T,
) => T;

/** Upstream's: 5 ms to 2.5 s. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const TYPES: Readonly<Record<AdmissionStep, string>> = { mutate: 'admit', validate: 'validate' };

/** Upstream's series about admission: both steps as wholes, and each plugin. */
export function admissionMeasure(metrics: Metrics, clock: Clock): MeasureAdmission {
  const labels = ['type', 'operation', 'rejected'];
  const steps = metrics.histogram(
    'apiserver_admission_step_admission_duration_seconds',
    'Time of a step of admission, in seconds.',
    BUCKETS,
    labels,
  );
  const plugins = metrics.histogram(
    'apiserver_admission_controller_admission_duration_seconds',
    'Time of one admission plugin, in seconds.',
    BUCKETS,
    ['name', ...labels],
  );
  return (step, operation, plugin, run) => {
    const since = clock.monotonic();
    const note = (rejected: boolean) => {
      const shared = { type: TYPES[step], operation: operation.toUpperCase(), rejected: String(rejected) };
      const seconds = (clock.monotonic() - since) / 1000;
      if (plugin === undefined) steps.observe(seconds, shared);
      else plugins.observe(seconds, { name: plugin, ...shared });
    };
    try {
      const result = run();
      if (!(result instanceof Promise)) note(false);
      else
        result.then(
          () => note(false),
          () => note(true),
        );
      return result;
    } catch (error) {
      note(true);
      throw error;
    }
  };
}

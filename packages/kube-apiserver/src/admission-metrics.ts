import type { Clock, Histogram, Metrics } from '@steersman/machinery';

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
  const known = new Map<string, Histogram>();
  const seriesOf = (step: AdmissionStep, operation: string, plugin: string | undefined, rejected: boolean) => {
    const key = `${step} ${operation} ${plugin} ${rejected}`;
    let series = known.get(key);
    if (series === undefined) {
      const shared = { type: TYPES[step], operation: operation.toUpperCase(), rejected: String(rejected) };
      series = plugin === undefined ? steps.with(shared) : plugins.with({ name: plugin, ...shared });
      known.set(key, series);
    }
    return series;
  };
  return (step, operation, plugin, run) => {
    const since = clock.monotonic();
    const note = (rejected: boolean) =>
      seriesOf(step, operation, plugin, rejected).observe((clock.monotonic() - since) / 1000);
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

import type { Clock, Histogram, Labels, Metrics } from '@steersman/machinery';

export type AdmissionStep = 'mutate' | 'validate';

/** Runs something and notes how long it took and whether it refused the request. */
export type MeasuredRun = <T>(operation: string, run: () => T) => T;

/** Prepares to measure a step of admission as a whole, or one plugin's part of it. */
export type MeasureAdmission = (step: AdmissionStep, plugin: string | undefined) => MeasuredRun;

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
  return (step, plugin) => {
    const type = TYPES[step];
    const seriesOf = seriesByOperation((shared) =>
      plugin === undefined ? steps.with({ type, ...shared }) : plugins.with({ name: plugin, type, ...shared }),
    );
    return (operation, run) => {
      const since = clock.monotonic();
      const note = (rejected: boolean) => seriesOf(operation, rejected).observe((clock.monotonic() - since) / 1000);
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
  };
}

/** Every write asks for several: they are found without making a text. */
function seriesByOperation(make: (shared: Labels) => Histogram): (operation: string, rejected: boolean) => Histogram {
  const admitted = new Map<string, Histogram>();
  const refused = new Map<string, Histogram>();
  return (operation, rejected) => {
    const known = rejected ? refused : admitted;
    let series = known.get(operation);
    if (series === undefined) {
      series = make({ operation: operation.toUpperCase(), rejected: String(rejected) });
      known.set(operation, series);
    }
    return series;
  };
}

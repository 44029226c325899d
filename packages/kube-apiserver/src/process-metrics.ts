import type { Clock, Metrics } from '@steersman/machinery';
import { type FeatureGates, type ObserveCheck, VERSION } from '@steersman/server';

/** Upstream's series about the process itself: its build, its start and its features. */
export function describeProcess(metrics: Metrics, clock: Clock, { gates }: FeatureGates): void {
  const { buildDate, compiler, gitCommit, gitTreeState, gitVersion, goVersion, major, minor, platform } = VERSION;
  const build = {
    build_date: buildDate,
    compiler,
    git_commit: gitCommit,
    git_tree_state: gitTreeState,
    git_version: gitVersion,
    go_version: goVersion,
    major,
    minor,
    platform,
  };
  metrics
    .gauge('kubernetes_build_info', 'Build of this component; the value is always 1.', Object.keys(build))
    .set(1, build);
  metrics
    .gauge('process_start_time_seconds', 'When the process started, in seconds since the epoch.')
    .set(Math.round(clock.now() / 1000));
  const features = metrics.gauge('kubernetes_feature_enabled', 'Whether a feature is on.', ['name', 'stage']);
  for (const [name, { stage, on }] of gates) features.set(on ? 1 : 0, { name, stage });
}

/** Keeps the service level indicators of /metrics/slis: the last result of each check, and how often it had which. */
export function healthObserver(metrics: Metrics): ObserveCheck {
  const last = metrics.gauge('kubernetes_healthcheck', 'The result of a single health check.', ['name', 'type']);
  const all = metrics.counter('kubernetes_healthchecks_total', 'The results of all health checks.', [
    'name',
    'status',
    'type',
  ]);
  return (name, type, ok) => {
    last.set(ok ? 1 : 0, { name, type });
    all.add(1, { name, status: ok ? 'success' : 'error', type });
  };
}

/** The kubelet's resource and cAdvisor metrics, in the Prometheus text format. Pure. */
import { labels as names } from '../runtime/labels.ts';
import type { ContainerStats } from '../runtime/stats.ts';
import type { NodeUsage } from './summary.ts';

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | undefined];
const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const lines = samples.flatMap(([labels, value]) => {
    if (value === undefined) return [];
    const inner = Object.entries(labels)
      .map(([key, text]) => `${key}="${quoted(text)}"`)
      .join(',');
    return [`${name}${inner === '' ? '' : `{${inner}}`} ${value}`];
  });
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
}

const identity = ({ name, labels }: ContainerStats) => ({
  container: name,
  namespace: labels[names.podNamespace] ?? '',
  pod: labels[names.podName] ?? '',
});
const NANO = 1e9;
const secondsOf = (nanoseconds: number | undefined): number | undefined =>
  nanoseconds === undefined ? undefined : nanoseconds / NANO;

/** /metrics/resource (KEP-727). */
export const resourceMetrics = (node: NodeUsage, containers: readonly ContainerStats[]): string =>
  family('node_cpu_usage_seconds_total', 'counter', 'Cpu time the node has used, in core-seconds', [
    [{}, secondsOf(node.cpu.totalNanoseconds)],
  ]) +
  family('node_memory_working_set_bytes', 'gauge', 'Working set of the node, in bytes', [
    [{}, node.memory.workingSetBytes],
  ]) +
  family(
    'container_cpu_usage_seconds_total',
    'counter',
    'Cpu time the container has used, in core-seconds',
    containers.map((each) => [identity(each), secondsOf(each.cpu?.totalNanoseconds)]),
  ) +
  family(
    'container_memory_working_set_bytes',
    'gauge',
    'Working set of the container, in bytes',
    containers.map((each) => [identity(each), each.memory?.workingSetBytes]),
  ) +
  family('resource_scrape_error', 'gauge', '1 when reading the statistics failed, else 0', [[{}, 0]]);

/** /metrics/cadvisor: the families that dashboards use most. */
export const cadvisorMetrics = (containers: readonly ContainerStats[]): string =>
  family(
    'container_cpu_usage_seconds_total',
    'counter',
    'Cpu time consumed, in seconds',
    containers.map((each) => [{ ...identity(each), cpu: 'total' }, secondsOf(each.cpu?.totalNanoseconds)]),
  ) +
  family(
    'container_memory_working_set_bytes',
    'gauge',
    'Current working set, in bytes',
    containers.map((each) => [identity(each), each.memory?.workingSetBytes]),
  ) +
  family(
    'container_memory_usage_bytes',
    'gauge',
    'Current memory usage including caches, in bytes',
    containers.map((each) => [identity(each), each.memory?.usageBytes]),
  ) +
  family(
    'container_memory_rss',
    'gauge',
    'Resident set, in bytes',
    containers.map((each) => [identity(each), each.memory?.rssBytes]),
  ) +
  family(
    'container_fs_usage_bytes',
    'gauge',
    'Bytes the container has written to its own layer',
    containers.map((each) => [identity(each), each.writableLayer?.usedBytes]),
  );

/**
 * Upstream's flags that set up what does not exist here, or what needs no setting: taken, so that command lines made for upstream
 * work, and without effect.
 */
import type { Flag } from '@steersman/server';

const NAMES: Readonly<Record<Exclude<Flag['type'], 'map'>, string>> = {
  bool: `contention-profiling enable-aggregator-routing enable-garbage-collector enable-logs-handler profiling
    permit-address-sharing permit-port-sharing service-account-lookup watch-cache
    audit-log-batch-throttle-enable audit-webhook-batch-throttle-enable`,
  int: `default-watch-cache-size delete-collection-workers insecure-port kubernetes-service-node-port
    lease-reuse-duration-seconds max-connection-bytes-per-sec audit-log-batch-buffer-size audit-log-batch-max-size
    audit-log-batch-throttle-burst audit-webhook-batch-buffer-size audit-webhook-batch-max-size
    audit-webhook-batch-throttle-burst`,
  duration: `audit-log-batch-max-wait audit-webhook-batch-max-wait audit-webhook-initial-backoff
    authentication-token-webhook-cache-ttl coordinated-leadership-lease-duration coordinated-leadership-renew-deadline
    coordinated-leadership-retry-period etcd-count-metric-poll-period etcd-db-metric-poll-interval etcd-healthcheck-timeout
    etcd-readycheck-timeout kubelet-timeout livez-grace-period log-flush-frequency request-timeout
    storage-initialization-timeout`,
  string: `audit-log-version audit-webhook-mode
    audit-webhook-version debug-socket-path log-json-info-buffer-size logging-format
    show-hidden-metrics-for-version storage-media-type vmodule`,
  float: 'audit-log-batch-throttle-qps audit-webhook-batch-throttle-qps goaway-chance',
  strings: 'etcd-servers-overrides tls-cipher-suites tls-curve-preferences watch-cache-sizes',
};

export const acceptedFlags: readonly Flag[] = Object.entries(NAMES).flatMap(([type, names]) =>
  names.split(/\s+/).map((name) => ({
    name,
    type: type as Flag['type'],
    ignored: true,
    help: 'Accepted for compatibility; has no effect here.',
  })),
);

import type { Metrics } from '@steersman/machinery';
import { featureGatesOf, type HealthEndpoints, type Peer } from '@steersman/server';
import type { UserInfo } from './authentication/contract.ts';
import { jwksOf } from './authentication/signing-keys.ts';
import { openApiPaths, openApiResponder } from './discovery/openapi.ts';
import { discoveryPaths, discoveryResponder } from './discovery/stage.ts';
import { createZpages } from './discovery/zpages.ts';
import { flowDumpResponder } from './flow-control/dump.ts';
import { FlowController, type ObjectSource } from './flow-control/flow-controller.ts';
import type { ObjectModel } from './object-model.ts';
import type { PeerProxy } from './peers/index.ts';
import { measuredAuthentication, measuredAuthorization } from './pipeline/access-metrics.ts';
import { answerStage } from './pipeline/answer-paths.ts';
import { auditStage } from './pipeline/audit.ts';
import { authenticateStage } from './pipeline/authenticate.ts';
import { authorizeStage } from './pipeline/authorize.ts';
import { authorizeStreamsStage } from './pipeline/authorize-streams.ts';
import { deadlineStage } from './pipeline/deadline.ts';
import type { Stage } from './pipeline/exchange.ts';
import { flowControlStage } from './pipeline/flow-control.ts';
import { impersonateStage } from './pipeline/impersonate.ts';
import { maxInFlightStage } from './pipeline/max-in-flight.ts';
import { measureStage } from './pipeline/measure.ts';
import type { resourceDispatcher } from './rest/dispatch.ts';
import type { Security } from './security.ts';
import type { ServerConfig } from './server-config.ts';
import type { ApiServerOptions } from './server-options.ts';
import type { StorageVersionRegistration } from './storage-versions/index.ts';
import type { Termination } from './termination.ts';

const READS_MAX = 400; // Upstream's defaults of --max-requests-inflight and --max-mutating-requests-inflight.
const WRITES_MAX = 200;

/** What the stages are made of. */
export interface StageParts {
  readonly options: ApiServerOptions;
  readonly config: ServerConfig;
  readonly model: ObjectModel;
  readonly security: Security;
  readonly health: HealthEndpoints;
  readonly healthMetrics: Metrics;
  readonly processUsers: WeakMap<Peer, UserInfo>;
  readonly resources: ReturnType<typeof resourceDispatcher>;
  readonly turn: () => Promise<void>;
  readonly flow: FlowController | undefined;
  readonly termination: Termination;
  readonly peers: PeerProxy | undefined;
  readonly storageVersions: StorageVersionRegistration | undefined;
}

/** The way of a request, on one screen. */
export function stagesOf(parts: StageParts): readonly Stage[] {
  const { options, security, processUsers, termination, peers, storageVersions } = parts;
  const { clock, metrics } = options.effects;
  const gates = options.featureGates ?? featureGatesOf(new Map());
  return [
    measureStage(metrics, clock),
    ...(options.strictTransportSecurity === undefined ? [] : [securityHeader(options.strictTransportSecurity)]),
    termination.stage,
    deadlineStage,
    measuredAuthentication(
      authenticateStage({
        authenticators: security.authenticators,
        anonymous: options.anonymousAuth ?? true,
        anonymousPaths: options.anonymousPaths,
        requestHeader: security.requestHeader,
        isClient: security.isClient,
        clock,
        processUsers,
      }),
      metrics,
      clock,
    ),
    auditStage(options.audit, options.effects),
    impersonateStage(security.authorizer),
    boundStage(parts),
    measuredAuthorization(authorizeStage(security.authorizer), metrics, clock),
    ...(gates.enabled('AuthorizePodWebsocketUpgradeCreatePermission')
      ? [authorizeStreamsStage(security.authorizer)]
      : []),
    ...(storageVersions === undefined ? [] : [storageVersions.stage]),
    ...(peers === undefined ? [] : [peers.stage]),
    answers(parts),
  ];
}

function securityHeader(directives: string): Stage {
  return ({ response }) => {
    response.setHeader('strict-transport-security', directives);
    return 'next';
  };
}

/** Priority and fairness, or the plain bounds on requests under way. */
function boundStage({ options, model, flow }: StageParts): Stage {
  const { clock, metrics } = options.effects;
  if (flow === undefined)
    return maxInFlightStage({
      readsMax: options.maxRequestsInFlight ?? READS_MAX,
      writesMax: options.maxMutatingRequestsInFlight ?? WRITES_MAX,
      clock,
      metrics,
    });
  return flowControlStage({
    controller: flow,
    clock,
    count: ({ info: { group, version, resource, namespace } }) =>
      model.resources.get(`${group}/${version}/${resource}`)?.stored?.cache.count(namespace || undefined) ?? 0,
  });
}

/** What is served: resources, discovery and the paths beside them. */
function answers(parts: StageParts): Stage {
  const { options, config, model, security, health, healthMetrics, resources, turn, flow } = parts;
  const { clock, metrics } = options.effects;
  const rows = [...model.resources.values()].map(({ info }) => info);
  const paths = () => [...discoveryPaths(rows), ...openApiPaths(rows), ...health.paths()];
  return answerStage({
    health,
    metrics: flow === undefined ? metrics : upToDate(metrics, () => flow.flush()),
    healthMetrics,
    resources,
    otherPaths: paths,
    zpages: createZpages({ clock, flags: options.flags ?? new Map(), paths }),
    responders: [
      ...(flow === undefined ? [] : [flowDumpResponder(flow)]),
      discoveryResponder({
        resources: rows,
        serverAddress: () => `${config.advertiseAddress}:${config.securePort}`,
        metrics,
        peers: parts.peers?.directory,
      }),
      openApiResponder({ resources: rows, turn, monotonic: () => clock.monotonic() }),
    ],
    openidConfiguration: () => ({
      issuer: config.serviceAccountIssuer,
      jwks_uri:
        config.jwksUri ??
        `https://${config.externalHostname ?? config.advertiseAddress}:${config.securePort}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set(security.keys.map(({ algorithm }) => algorithm))],
    }),
    jwks: () => jwksOf(security.keys),
  });
}

/** The metrics with series that are only made when somebody looks. */
function upToDate(metrics: Metrics, refresh: () => void): Metrics {
  return {
    ...metrics,
    expose() {
      refresh();
      return metrics.expose();
    },
  };
}

/** Undefined when the flags turn it off. */
export function flowController(
  options: ApiServerOptions,
  [schemas, levels]: readonly (ObjectSource | undefined)[],
  signal: AbortSignal,
): FlowController | undefined {
  if (options.enablePriorityAndFairness === false) return undefined;
  const { clock, metrics } = options.effects;
  const reads = options.maxRequestsInFlight ?? READS_MAX;
  const writes = options.maxMutatingRequestsInFlight ?? WRITES_MAX;
  return new FlowController({ schemas, levels, totalSeats: Math.max(1, reads + writes), clock, metrics, signal });
}

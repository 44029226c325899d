import { errors } from '@steersman/api';
import { type Client, createClient, type Transport } from '@steersman/client';
import { createMetrics, type Metrics } from '@steersman/machinery';
import {
  callInProcess,
  createHealthEndpoints,
  createListener,
  featureGatesOf,
  type HealthEndpoints,
  type HttpHandler,
  type Listener,
  type Peer,
  type TlsOptions,
} from '@steersman/server';
import { AdmissionChain } from './admission-chain.ts';
import type { UserInfo } from './authentication/contract.ts';
import { jwksOf } from './authentication/signing-keys.ts';
import type { TokenIssuer } from './authentication/token-issuer-contract.ts';
import { type ConsistencyOptions, keepChecking } from './cache/consistency.ts';
import { HISTORY_REVISIONS_MAX, keepCompacting } from './compaction.ts';
import { openApiPaths, openApiResponder } from './discovery/openapi.ts';
import { discoveryPaths, discoveryResponder } from './discovery/stage.ts';
import { createZpages } from './discovery/zpages.ts';
import { builtInExtensions, builtInStreamHandlers } from './extensions.ts';
import { danglingHook } from './flow-control/dangling.ts';
import { FlowController, type ObjectSource } from './flow-control/flow-controller.ts';
import { watchObjectMetrics } from './object-metrics.ts';
import { createObjectModel, type ObjectModel } from './object-model.ts';
import { type PeerProxy, peerProxyFor } from './peers/index.ts';
import { answerStage } from './pipeline/answer-paths.ts';
import { auditStage } from './pipeline/audit.ts';
import { authenticateStage } from './pipeline/authenticate.ts';
import { authorizeStage } from './pipeline/authorize.ts';
import { authorizeStreamsStage } from './pipeline/authorize-streams.ts';
import type { Stage } from './pipeline/exchange.ts';
import { flowControlStage } from './pipeline/flow-control.ts';
import { impersonateStage } from './pipeline/impersonate.ts';
import { maxInFlightStage } from './pipeline/max-in-flight.ts';
import { measureStage } from './pipeline/measure.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import type { PostStartHook } from './post-start-hook.ts';
import { describeProcess, healthObserver } from './process-metrics.ts';
import { Engine } from './registry/engine.ts';
import type { ExtensionDependencies, Extensions } from './registry/subresource-contract.ts';
import { resourceDispatcher } from './rest/dispatch.ts';
import type { RestContext } from './rest/rest-context.ts';
import { createTurns } from './rest/turns.ts';
import { createSecurity, type Security } from './security.ts';
import { selfClient, shownObject } from './self-client.ts';
import type { ServerConfig } from './server-config.ts';
import { type ApiServerOptions, DEFAULT_CONFIG } from './server-options.ts';
import { createTermination, type Termination } from './termination.ts';

const BOOKMARK_INTERVAL_MS = 60_000; // As upstream: about one bookmark a minute per watch.
const CLOSE_GRACE_MS = 2000;
const READS_MAX = 400; // Upstream's defaults of --max-requests-inflight and --max-mutating-requests-inflight.
const WRITES_MAX = 200;
/** The server's own identity. */
const SELF: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

export interface ApiServer {
  /** Answers requests of any listener. */
  readonly handler: HttpHandler;
  readonly tokenIssuer: TokenIssuer;
  readonly config: ServerConfig;
  /** Requests in this process, as the given user; every stage but authentication's checks runs as over the wire. */
  transportFor(user: UserInfo): Transport;
  clientFor(user: UserInfo): Client;
  /** Resolves when all post-start hooks have. Rejects when one failed. */
  readonly ready: Promise<void>;
  /** Opens a port; may be called more than once. Without `tls`: plain HTTP. */
  listen(options: {
    readonly host?: string;
    readonly port: number;
    readonly tls?: TlsOptions;
  }): Promise<{ readonly host: string; readonly port: number }>;
  /** Uses other certificates for connections from now on. Throws when they cannot be read. */
  reloadTls(tls: TlsOptions): void;
  /**
   * Ends in order: /readyz fails, what is under way is answered, watches end, listeners close; see termination.ts. The store
   * stays open: it belongs to the caller.
   */
  close(): Promise<void>;
}

/** Loads the store into the caches, starts the post-start hooks and answers from then on. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { effects, storage } = options;
  const afterTurn = options.afterTurn ?? ((callback: () => void) => void setImmediate(callback));
  const extensions: Extensions = { ...builtInExtensions, ...options.extensions };
  const config: { -readonly [K in keyof ServerConfig]: ServerConfig[K] } = { ...DEFAULT_CONFIG, ...options.config };
  if (options.config?.apiAudiences === undefined) config.apiAudiences = [config.serviceAccountIssuer];
  const inProcess = inProcessTransports(() => handler);
  const client = selfClient(
    createClient(inProcess.transportFor(SELF), { userAgent: 'steersman-apiserver' }),
    () => model,
  );
  const shown: ExtensionDependencies['shown'] = (type, key) => shownObject(model, type, key);
  const model: ObjectModel = createObjectModel(
    options,
    extensions.strategiesFor({ config, client, effects, storage, shown }),
  );
  const authenticators = [...(extensions.authenticators ?? []), ...(options.authenticators ?? [])];
  const security = createSecurity({ ...options, authenticators }, config, model);
  const healthMetrics = createMetrics();
  const health = createHealthEndpoints(healthObserver(healthMetrics));
  const featureGates = options.featureGates ?? featureGatesOf(new Map());
  describeProcess(effects.metrics, effects.clock, featureGates);
  const closing = new AbortController();
  const termination = createTermination(options);
  const dependencies = extensionDependencies(options, config, client, security, model);
  const plugins = [...extensions.admissionPlugins(dependencies), ...(options.admissionPlugins ?? [])];
  const engine = new Engine({ store: model.store, hub: model.hub, admission: new AdmissionChain(plugins) });
  const rest: RestContext = {
    effects,
    config,
    client,
    engine,
    hub: model.hub,
    storage,
    turn: createTurns(afterTurn),
    watchSecondsMin: options.minRequestTimeoutSeconds ?? 1800,
  };
  const resources = resourceDispatcher(rest, {
    resources: model.resources,
    subresources: extensions.subresourceHandlers(dependencies),
    streams: (options.streamHandlers ?? builtInStreamHandlers)({ effects, config, client }),
  });
  const flowSources = ['flowschemas', 'prioritylevelconfigurations'].map(
    (plural) => model.resources.get(`flowcontrol.apiserver.k8s.io/v1/${plural}`)?.stored?.cache,
  );
  const flow = flowController(options, flowSources, closing.signal);
  const peers = featureGates.enabled('UnknownVersionInteroperabilityProxy')
    ? peerProxyFor(options, config, client, model)
    : undefined;
  const handler = createPipeline({
    stages: stagesOf({
      options,
      config,
      model,
      security,
      health,
      healthMetrics,
      processUsers: inProcess.users,
      resources,
      turn: rest.turn,
      flow,
      termination,
      peers,
    }),
    clock: effects.clock,
    log: effects.log,
  });
  await model.hub.start();
  addHealthChecks(health, storage, () => termination.begun);
  watchObjectMetrics(model, storage, effects.metrics, effects.clock, closing.signal);
  if (featureGates.enabled('DetectCacheInconsistency'))
    void keepChecking({ hub: model.hub, storage, effects, nameOf: cachedResource(model), signal: closing.signal });
  sendBookmarks(model, options, closing.signal);
  keepCompacting({
    storage,
    clock: effects.clock,
    log: effects.log,
    signal: closing.signal,
    intervalMs: options.compactionIntervalMs,
    revisionsMax: options.storageIsEmbedded === false ? undefined : HISTORY_REVISIONS_MAX,
  });
  const hooks = [
    ...extensions.postStartHooks(dependencies),
    ...(flow === undefined ? [] : [danglingHook(flowSources)]),
    ...(peers === undefined ? [] : [peers.hook]),
    ...(options.postStartHooks ?? []),
  ];
  const { beforeShutdown } = termination;
  const ready = runHooks(
    hooks,
    { client, effects, config, storage, featureGates, beforeShutdown, signal: closing.signal },
    health,
  );
  ready.catch(() => undefined); // Whoever awaits it learns; nobody must.
  return apiServer({ handler, config, inProcess, security, ready, closing, termination, model, effects });
}

/** The group and plural of what a cache holds, by its prefix. */
function cachedResource({ resources }: ObjectModel): ConsistencyOptions['nameOf'] {
  const names = new Map(
    [...resources.values()].map(({ info, stored }) => [
      stored?.cache.prefix,
      { group: info.group, resource: info.plural },
    ]),
  );
  return (prefix) => names.get(prefix) ?? { group: '', resource: prefix };
}

/** Undefined when the flags turn it off. */
function flowController(
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

interface Assembled {
  readonly handler: HttpHandler;
  readonly config: { -readonly [K in keyof ServerConfig]: ServerConfig[K] };
  readonly inProcess: ReturnType<typeof inProcessTransports>;
  readonly security: Security;
  readonly ready: Promise<void>;
  readonly closing: AbortController;
  readonly termination: Termination;
  readonly model: ObjectModel;
  readonly effects: ApiServerOptions['effects'];
}

function apiServer(assembled: Assembled): ApiServer {
  const { handler, config, inProcess, security, ready, closing, termination, model, effects } = assembled;
  const listeners: Listener[] = [];
  const secure: Listener[] = [];
  return {
    handler,
    tokenIssuer: security.issuer,
    config,
    transportFor: inProcess.transportFor,
    clientFor: (user) => createClient(inProcess.transportFor(user), { clock: effects.clock }),
    ready,
    async listen({ tls, ...where }) {
      const listener = createListener({ handler, log: effects.log, ...(tls === undefined ? {} : { tls }) });
      const address = await listener.listen(where);
      listeners.push(listener);
      if (tls !== undefined) {
        secure.push(listener);
        config.securePort = address.port;
      }
      return address;
    },
    reloadTls(tls) {
      for (const listener of secure) listener.reload(tls);
    },
    async close() {
      await termination.run({ listeners, fanouts: model.stored.map(({ fanout }) => fanout) });
      closing.abort();
      model.hub.stop();
      for (const { fanout } of model.stored) fanout.end();
      await Promise.all(listeners.map((listener) => listener.close(CLOSE_GRACE_MS)));
    },
  };
}

interface StageParts {
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
}

/** The way of a request, on one screen. */
function stagesOf(parts: StageParts): readonly Stage[] {
  const { options, security, processUsers, termination, peers } = parts;
  const { clock, metrics } = options.effects;
  const gates = options.featureGates ?? featureGatesOf(new Map());
  return [
    measureStage(metrics, clock),
    termination.stage,
    authenticateStage({
      authenticators: security.authenticators,
      anonymous: options.anonymousAuth ?? true,
      anonymousPaths: options.anonymousPaths,
      requestHeader: security.requestHeader,
      isClient: security.isClient,
      clock,
      processUsers,
    }),
    auditStage(options.audit, options.effects.random),
    impersonateStage(security.authorizer),
    boundStage(parts),
    authorizeStage(security.authorizer),
    ...(gates.enabled('AuthorizePodWebsocketUpgradeCreatePermission')
      ? [authorizeStreamsStage(security.authorizer)]
      : []),
    ...(peers === undefined ? [] : [peers.stage]),
    answers(parts),
  ];
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
      discoveryResponder(rows, () => `${config.advertiseAddress}:${config.securePort}`),
      openApiResponder({ resources: rows, turn, monotonic: () => clock.monotonic() }),
    ],
    openidConfiguration: () => ({
      issuer: config.serviceAccountIssuer,
      jwks_uri: `https://${config.advertiseAddress}:${config.securePort}/openid/v1/jwks`,
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

function extensionDependencies(
  options: ApiServerOptions,
  config: ServerConfig,
  client: Client,
  security: Security,
  model: ObjectModel,
): ExtensionDependencies {
  return {
    effects: options.effects,
    config,
    client,
    storage: options.storage,
    holdsAny: (plural, namespace) => (model.resources.get(`/v1/${plural}`)?.stored?.cache.count(namespace) ?? 0) > 0,
    shown: (type, key) => shownObject(model, type, key),
    authorizer: security.authorizer,
    tokenIssuer: security.issuer,
    rulesOf: async (user, namespace) => security.rbac.rulesOf(user, namespace),
    authenticateToken: async (token, audiences) => {
      const reviewed = security.verifier.review(token, audiences);
      if (reviewed !== undefined) return reviewed;
      const signal = new AbortController().signal;
      for (const authenticator of security.authenticators) {
        if (authenticator === security.verifier) continue;
        const user = await authenticator.authenticate({ bearerToken: token }, signal).catch(() => undefined);
        if (user !== undefined) return { user, audiences: audiences.length === 0 ? config.apiAudiences : audiences };
      }
      return undefined;
    },
  };
}

/** Calls within the process: each user has one peer, so that caches by credential work for them too. */
function inProcessTransports(handler: () => HttpHandler) {
  const users = new WeakMap<Peer, UserInfo>();
  const transportFor = (user: UserInfo): Transport => {
    const peer: Peer = { remoteAddress: '127.0.0.1', scheme: 'process' };
    const groups = user.groups.includes('system:authenticated')
      ? user.groups
      : [...user.groups, 'system:authenticated'];
    users.set(peer, { ...user, groups });
    return {
      request: (request) => callInProcess(handler(), peer, request),
      close: async () => undefined,
    };
  };
  return { users, transportFor };
}

/** The checks that upstream has beside those of its hooks, under its names. */
function addHealthChecks(health: HealthEndpoints, storage: ApiServerOptions['storage'], ending: () => boolean): void {
  const etcd = () => storage.currentRevision().then(() => undefined, String);
  health.add({ name: 'log', check: () => undefined });
  health.add({ name: 'etcd', check: etcd });
  health.add({ name: 'etcd-readiness', check: etcd }, ['readyz']);
  health.add({ name: 'informer-sync', check: () => undefined }, ['readyz']); // Caches are full before anything is served.
  health.add({ name: 'shutdown', check: () => (ending() ? 'process is shutting down' : undefined) }, ['readyz']);
}

function sendBookmarks(model: ObjectModel, { effects }: ApiServerOptions, signal: AbortSignal): void {
  const send = () => {
    for (const { fanout } of model.stored) fanout.bookmark(model.hub.revision);
    if (!signal.aborted) cancel = effects.clock.schedule(BOOKMARK_INTERVAL_MS, send);
  };
  let cancel = effects.clock.schedule(BOOKMARK_INTERVAL_MS, send);
  signal.addEventListener('abort', () => cancel(), { once: true });
}

async function runHooks(
  hooks: readonly PostStartHook[],
  context: Parameters<PostStartHook['run']>[0],
  health: HealthEndpoints,
): Promise<void> {
  const waiting = new Set(hooks.map(({ name }) => name));
  for (const { name } of hooks)
    health.add({ name: `poststarthook/${name}`, check: () => (waiting.has(name) ? 'not finished' : undefined) });
  await Promise.all(
    hooks.map(async (hook) => {
      try {
        await hook.run(context);
        waiting.delete(hook.name);
      } catch (error) {
        if (context.signal.aborted) return;
        context.effects.log.error('Post-start hook failed', { hook: hook.name, error: String(error) });
        throw errors.internal(
          `post-start hook ${hook.name} failed: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }),
  );
}

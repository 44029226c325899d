import { type Client, createClient, type Transport } from '@steersman/client';
import { createMetrics } from '@steersman/machinery';
import {
  createHealthEndpoints,
  createListener,
  type FeatureGates,
  featureGatesOf,
  type HttpHandler,
  type Listener,
  type TlsOptions,
} from '@steersman/server';
import { AdmissionChain } from './admission-chain.ts';
import { admissionMeasure } from './admission-metrics.ts';
import type { UserInfo } from './authentication/contract.ts';
import type { TokenIssuer } from './authentication/token-issuer-contract.ts';
import { type ConsistencyOptions, keepChecking } from './cache/consistency.ts';
import { HISTORY_REVISIONS_MAX, keepCompacting } from './compaction.ts';
import { extensionDependencies } from './extension-dependencies.ts';
import { builtInExtensions, builtInStreamHandlers } from './extensions.ts';
import { danglingHook } from './flow-control/dangling.ts';
import { inProcessTransports } from './in-process-transports.ts';
import { watchObjectMetrics } from './object-metrics.ts';
import { createObjectModel, type ObjectModel } from './object-model.ts';
import { type PeerProxy, peerHooks, peerProxyFor } from './peers/index.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import { runHooks } from './post-start-hook.ts';
import { describeProcess, healthObserver } from './process-metrics.ts';
import { Engine } from './registry/engine.ts';
import type { ExtensionDependencies, Extensions } from './registry/subresource-contract.ts';
import { flowController, stagesOf } from './request-stages.ts';
import { resourceDispatcher } from './rest/dispatch.ts';
import type { RestContext } from './rest/rest-context.ts';
import { createTurns } from './rest/turns.ts';
import { createSecurity, type Security } from './security.ts';
import { selfClient, shownObject } from './self-client.ts';
import type { ServerConfig } from './server-config.ts';
import { addHealthChecks } from './server-health.ts';
import { type ApiServerOptions, DEFAULT_CONFIG } from './server-options.ts';
import { measuredStorage } from './storage-metrics.ts';
import { storageVersionsFor } from './storage-versions/index.ts';
import { createTermination, type Termination } from './termination.ts';

const BOOKMARK_INTERVAL_MS = 60_000; // As upstream: about one bookmark a minute per watch.
const CLOSE_GRACE_MS = 2000;
const FLOW_RESOURCES = ['flowschemas', 'prioritylevelconfigurations'].map(
  (plural) => `flowcontrol.apiserver.k8s.io/v1/${plural}`,
);
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

/** The port that is listened on becomes known late. */
type MutableConfig = { -readonly [K in keyof ServerConfig]: ServerConfig[K] };

/** With upstream's defaults: tokens are for their issuer, unless it is said for whom. */
function completed(given: ApiServerOptions['config']): MutableConfig {
  const config = { ...DEFAULT_CONFIG, ...given };
  return given?.apiAudiences === undefined ? { ...config, apiAudiences: [config.serviceAccountIssuer] } : config;
}

/** Loads the store into the caches, starts the post-start hooks and answers from then on. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { effects } = options;
  const storage = measuredStorage(options.storage, effects.metrics, effects.clock);
  const afterTurn = options.afterTurn ?? ((callback: () => void) => void setImmediate(callback));
  const extensions: Extensions = { ...builtInExtensions, ...options.extensions };
  const config = completed(options.config);
  const inProcess = inProcessTransports(() => handler);
  const client = selfClient(
    createClient(inProcess.transportFor(SELF), { userAgent: 'steersman-apiserver' }),
    () => model,
  );
  const shown: ExtensionDependencies['shown'] = (type, key) => shownObject(model, type, key);
  const model: ObjectModel = createObjectModel(
    { ...options, storage },
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
  const measure = admissionMeasure(effects.metrics, effects.clock);
  const engine = new Engine({ store: model.store, hub: model.hub, admission: new AdmissionChain(plugins, measure) });
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
  const flowSources = FLOW_RESOURCES.map((resource) => model.resources.get(resource)?.stored?.cache);
  const flow = flowController(options, flowSources, closing.signal);
  const knowsPeers = featureGates.enabled('UnknownVersionInteroperabilityProxy');
  const peers = knowsPeers ? peerProxyFor(options, config, client, model) : undefined;
  const storageVersions = storageVersionsFor(featureGates, config, model);
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
      storageVersions,
    }),
    clock: effects.clock,
    log: effects.log,
  });
  await model.hub.start();
  addHealthChecks(health, storage, () => termination.begun);
  startUpkeep({ options, model, storage, featureGates, signal: closing.signal });
  const hooks = [
    ...extensions.postStartHooks(dependencies),
    ...(flow === undefined ? [] : [danglingHook(flowSources)]),
    ...(knowsPeers ? peerHooks(options, peers) : []),
    ...(storageVersions === undefined ? [] : [storageVersions.hook]),
    ...(options.postStartHooks ?? []),
  ];
  const { beforeShutdown } = termination;
  const ready = runHooks(
    hooks,
    { client, effects, config, storage, featureGates, beforeShutdown, signal: closing.signal },
    health,
  );
  ready.catch(() => undefined); // Whoever awaits it learns; nobody must.
  const { serving } = options;
  return apiServer({
    handler,
    config,
    inProcess,
    security,
    ready,
    closing,
    termination,
    model,
    peers,
    effects,
    serving,
  });
}

interface Upkeep {
  readonly options: ApiServerOptions;
  readonly model: ObjectModel;
  readonly storage: ApiServerOptions['storage'];
  readonly featureGates: FeatureGates;
  readonly signal: AbortSignal;
}

/** What goes on beside requests until the signal aborts. */
function startUpkeep({ options, model, storage, featureGates, signal }: Upkeep): void {
  const { effects } = options;
  watchObjectMetrics(model, storage, effects.metrics, effects.clock, signal);
  if (featureGates.enabled('DetectCacheInconsistency'))
    void keepChecking({ hub: model.hub, storage, effects, nameOf: cachedResource(model), signal });
  sendBookmarks(model, options, signal);
  keepCompacting({
    storage,
    clock: effects.clock,
    log: effects.log,
    signal,
    intervalMs: options.compactionIntervalMs,
    revisionsMax: options.storageIsEmbedded === false ? undefined : HISTORY_REVISIONS_MAX,
  });
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

interface Assembled {
  readonly handler: HttpHandler;
  readonly config: MutableConfig;
  readonly inProcess: ReturnType<typeof inProcessTransports>;
  readonly security: Security;
  readonly ready: Promise<void>;
  readonly closing: AbortController;
  readonly termination: Termination;
  readonly model: ObjectModel;
  readonly peers: PeerProxy | undefined;
  readonly effects: ApiServerOptions['effects'];
  readonly serving: ApiServerOptions['serving'];
}

function apiServer(assembled: Assembled): ApiServer {
  const { handler, config, inProcess, security, ready, closing, termination, model, peers, effects, serving } =
    assembled;
  const endings = [...model.stored.map(({ fanout }) => fanout), ...(peers === undefined ? [] : [peers])];
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
      const listener = createListener({ handler, log: effects.log, ...serving, ...(tls === undefined ? {} : { tls }) });
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
      await termination.run({ listeners, fanouts: endings });
      closing.abort();
      model.hub.stop();
      for (const ending of endings) ending.end();
      await Promise.all(listeners.map((listener) => listener.close(CLOSE_GRACE_MS)));
    },
  };
}

function sendBookmarks(model: ObjectModel, { effects }: ApiServerOptions, signal: AbortSignal): void {
  const send = () => {
    for (const { fanout } of model.stored) fanout.bookmark(model.hub.revision);
    if (!signal.aborted) cancel = effects.clock.schedule(BOOKMARK_INTERVAL_MS, send);
  };
  let cancel = effects.clock.schedule(BOOKMARK_INTERVAL_MS, send);
  signal.addEventListener('abort', () => cancel(), { once: true });
}

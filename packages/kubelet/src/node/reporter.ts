/** Registers the node and keeps its status true: written when it changes, otherwise every five minutes. */
import { isAlreadyExists, isNotFound, type Node, Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import type { ContainerRuntime, RuntimeStatus, RuntimeVersion } from '../runtime/contract.ts';
import { messageOf } from '../runtime/error.ts';
import type { Machine } from './machine.ts';
import { type NodeFacts, nodeLabels, nodeObject, nodeStatus } from './node-object.ts';
import type { NodeOptions } from './options.ts';
import { saysTheSame, statusPatch } from './status-changes.ts';

export interface NodeReporter {
  /** Registers; resolves when the API has the node. */
  register(signal: AbortSignal): Promise<void>;
  /** Looks at the machine and the runtime and reports what changed. */
  report(signal: AbortSignal): Promise<void>;
  /** The runtime's last known state. */
  runtimeStatus(): RuntimeStatus;
  /** The node as it was last seen or written. */
  current(): Node | undefined;
}
export interface NodeReporterOptions {
  readonly client: Client;
  readonly effects: Effects;
  readonly runtime: ContainerRuntime;
  readonly version: RuntimeVersion;
  readonly options: NodeOptions;
  readonly machine: Machine;
  readonly kubeletVersion: string;
  /** The API's node as the source last saw it. */
  readonly observed: () => Node | undefined;
  readonly pressure: () => Promise<NodeFacts['pressure']>;
  readonly problems: () => readonly string[];
}
export const REPORT_MS = 10_000;
const UNCHANGED_REPORT_MS = 5 * 60_000;
const REGISTER_RETRY_MIN_MS = 100;
const REGISTER_RETRY_MAX_MS = 7_000;

export function createNodeReporter(options: NodeReporterOptions): NodeReporter {
  const { client, effects, runtime, machine } = options;
  const nodes = client.resource(Resources.nodes);
  let runtimeStatus: RuntimeStatus = { conditions: [], handlers: [] };
  let reportedAt = Number.NEGATIVE_INFINITY;
  let written: Node | undefined;

  async function facts(): Promise<NodeFacts> {
    runtimeStatus = await runtime.status().catch((error) => unreachable(error));
    const images = await runtime.listImages().catch(() => []);
    return {
      options: options.options,
      machine,
      version: options.version,
      runtime: runtimeStatus,
      images,
      pressure: await options.pressure(),
      problems: options.problems(),
      kubeletVersion: options.kubeletVersion,
      now: effects.clock.now(),
    };
  }

  /** Another kubelet's or an earlier registration: labels that are ours are set right. */
  async function adopt(known: Node, signal: AbortSignal): Promise<Node> {
    const wanted = nodeLabels(machine, options.options.hostname ?? options.options.name, options.options);
    const labels = known.metadata.labels ?? {};
    if (Object.entries(wanted).every(([key, value]) => labels[key] === value)) return known;
    return nodes.patch(
      { name: options.options.name },
      { type: 'merge', body: { metadata: { labels: wanted } } },
      { signal },
    );
  }

  async function registerOnce(signal: AbortSignal): Promise<void> {
    const known = await nodes.find({ name: options.options.name }, { signal });
    if (known !== undefined) {
      written = await adopt(known, signal);
      return report(signal);
    }
    try {
      written = await nodes.create(nodeObject(await facts()), { signal });
      // Creation keeps no status on servers that reset it; report() writes it then.
      await report(signal);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return registerOnce(signal);
    }
  }

  /** The newer of what the source saw and what we wrote. */
  const current = (): Node | undefined => {
    const seen = options.observed();
    if (seen === undefined || written === undefined) return seen ?? written;
    return Number(written.metadata.resourceVersion ?? 0) > Number(seen.metadata.resourceVersion ?? 0) ? written : seen;
  };

  async function report(signal: AbortSignal): Promise<void> {
    const before = current()?.status;
    const status = nodeStatus(await facts(), before);
    const unchanged = before !== undefined && saysTheSame(before, status);
    if (unchanged && effects.clock.monotonic() - reportedAt < UNCHANGED_REPORT_MS) return;
    const body = { status: statusPatch(before, status) };
    try {
      written = await nodes.patch(
        { name: options.options.name },
        { type: 'strategic', body },
        { subresource: 'status', signal },
      );
      reportedAt = effects.clock.monotonic();
    } catch (error) {
      if (!isNotFound(error) || options.options.registerNode === false) throw error;
      written = undefined; // Somebody deleted the node under us: it is registered anew.
      written = await nodes.create(nodeObject(await facts()), { signal });
    }
  }

  return {
    async register(signal) {
      let waitMs = REGISTER_RETRY_MIN_MS;
      while (!signal.aborted) {
        try {
          return await (options.options.registerNode === false ? report(signal) : registerOnce(signal));
        } catch (error) {
          if (signal.aborted) return;
          effects.log.warn('Node could not be registered, trying again', {
            node: options.options.name,
            error: messageOf(error),
          });
        }
        await effects.clock.sleep(waitMs, signal).catch(() => {});
        waitMs = Math.min(waitMs * 2, REGISTER_RETRY_MAX_MS);
      }
    },
    report,
    runtimeStatus: () => runtimeStatus,
    current,
  };
}

const unreachable = (error: unknown): RuntimeStatus => ({
  conditions: [
    { type: 'RuntimeReady', status: false, reason: 'ContainerRuntimeUnreachable', message: messageOf(error) },
  ],
  handlers: [],
});

import type { HttpHandler } from '@steersman/server';
import type { StreamDependencies, StreamHandlers } from '../streaming-contract.ts';
import { logHandler } from './log.ts';
import { proxyHandlers } from './proxy.ts';
import { sessionHandlers } from './session.ts';

/**
 * Every endpoint that streams or changes protocol. `localKubelet` answers the kubelet API of nodes that run in this process:
 * they are called directly, without a socket. Other nodes are dialled, except simulated ones, whose addresses are made up: where
 * those run in another process, `simulatedKubelets` is the URL below which each has its name.
 */
export function streamHandlersWith(
  localKubelet: (node: string) => HttpHandler | undefined,
  simulatedKubelets?: string,
): StreamHandlers {
  return (dependencies: StreamDependencies) => {
    const reach = { ...dependencies, localKubelet, simulatedKubelets };
    return [logHandler(reach), ...sessionHandlers(reach), ...proxyHandlers(reach)];
  };
}

/** For a server whose nodes all run elsewhere. */
export const streamHandlers: StreamHandlers = streamHandlersWith(() => undefined);

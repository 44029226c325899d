import type { StreamDependencies, StreamHandlers } from '../streaming-contract.ts';
import { logHandler } from './log.ts';
import { proxyHandlers } from './proxy.ts';
import { sessionHandlers } from './session.ts';

/** Every endpoint that streams or changes protocol. */
export const streamHandlers: StreamHandlers = (dependencies: StreamDependencies) => [
  logHandler(dependencies),
  ...sessionHandlers(dependencies),
  ...proxyHandlers(dependencies),
];

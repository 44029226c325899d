/** The parts that are written per kind, as this package brings them. */
import type { Extensions } from './registry/subresource-contract.ts';
import { streamHandlers } from './streaming/index.ts';
import type { StreamHandlers } from './streaming-contract.ts';

export const builtInExtensions: Extensions = {
  strategies: new Map(),
  subresourceHandlers: () => [],
  admissionPlugins: () => [],
  postStartHooks: () => [],
};
export const builtInStreamHandlers: StreamHandlers = streamHandlers;

/** The parts that are written per kind, as this package brings them. */
import { admissionPlugins } from './admission/index.ts';
import { postStartHooks } from './bootstrap/index.ts';
import type { Extensions } from './registry/subresource-contract.ts';
import { strategiesFor, subresourceHandlers } from './resources/index.ts';
import { streamHandlers } from './streaming/index.ts';
import type { StreamHandlers } from './streaming-contract.ts';

export const builtInExtensions: Extensions = {
  strategiesFor,
  subresourceHandlers,
  admissionPlugins,
  postStartHooks,
};
export const builtInStreamHandlers: StreamHandlers = streamHandlers;

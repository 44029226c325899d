import { createClient, createHttpTransport, fencedTransport, serverConfig, workWhenElected } from '@steersman/client';
import { type ComponentCommand, requestLimitsOf, standingOf, startServing } from '@steersman/server';
import { configOf, flags } from './flags.ts';
import { startScheduler } from './scheduler.ts';

const COMPONENT = 'kube-scheduler';

/** `steersman kube-scheduler`, with upstream's flags. */
export const command: ComponentCommand = {
  name: COMPONENT,
  summary: 'Gives every pending pod a node that has room for it and that it wants.',
  flags,
  async run(values, effects, signal) {
    const config = configOf(values);
    const standing = standingOf(values, config.leaderElection);
    const kubeconfig = values.string('kubeconfig') || (config.kubeconfig ?? '');
    const transport = createHttpTransport(serverConfig({ kubeconfig, master: values.string('master') }));
    const requests = { userAgent: COMPONENT, clock: effects.clock, ...requestLimitsOf(values) };
    const listener = await startServing(values, effects);
    try {
      await workWhenElected(
        {
          component: COMPONENT,
          transport,
          effects,
          standing,
          work: ({ signal: leading, mayAct }) =>
            startScheduler({
              client: createClient(fencedTransport(transport, mayAct), requests),
              effects,
              signal: leading,
              config,
            }),
        },
        signal,
      );
    } finally {
      await Promise.all([transport.close(), listener?.close()]);
    }
  },
};

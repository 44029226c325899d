import { Agent, get } from 'node:https';
import { apiServerAddresses, type ServerAddress, type ServerState, startBalancer } from '@steersman/cluster';
import type { ComponentCommand } from '@steersman/server';
import { watchLogs } from './logs.ts';
import { aborted, PART_FLAGS, partContext } from './part.ts';

/** A server that takes longer to say how it is gets no connections meanwhile. */
const ANSWER_MS_MAX = 2_000;

/** `steersman load-balancer`: stands where a single API server would, in front of several. */
export const command: ComponentCommand = {
  name: 'load-balancer',
  summary: 'Spreads connections over the API servers of a cluster that `steersman up` has made.',
  flags: PART_FLAGS,
  async run(flags, effects, signal) {
    const { config, layout, pki } = await partContext(flags, effects);
    // A connection per server stays: to encrypt a new one every second costs both sides more than the question.
    const agent = new Agent({ keepAlive: true, ca: pki.pair('ca').certificate });
    const balancer = await startBalancer({
      hosts: [...new Set(['127.0.0.1', config.apiAddress])],
      port: config.apiPort,
      servers: apiServerAddresses(config).map((host) => ({ host, port: config.apiPort })),
      check: (server) => readiness(server, agent),
      clock: effects.clock,
      log: effects.log,
    });
    const cancel = watchLogs(config, layout, effects.clock);
    await aborted(signal);
    cancel();
    await balancer.close();
    agent.destroy();
  },
};

/** What /readyz says. */
function readiness({ host, port }: ServerAddress, agent: Agent): Promise<ServerState> {
  return new Promise((resolve) => {
    const options = { host, port, path: '/readyz', agent, signal: AbortSignal.timeout(ANSWER_MS_MAX) };
    const request = get(options, (response) => {
      response.on('error', () => {}); // 'close' follows, after 'end' or without it.
      response.on('close', () => resolve('silent'));
      response.on('end', () => resolve(response.statusCode === 200 ? 'ready' : 'unready'));
      response.resume();
    });
    request.on('error', () => resolve('silent'));
  });
}

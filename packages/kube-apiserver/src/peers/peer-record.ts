/** Where this server says at which address others reach it. */
import type { PostStartHook } from '../post-start-hook.ts';
import { serverIdOf } from './identity.ts';
import { ID_LABEL, leaseRecords, PEER_FOLDER } from './lease-records.ts';
import { peerAddressOf } from './peer-address.ts';

const RENEW_MS = 10_000; // As upstream.

/** Keeps the record of this server, and takes it away before the server goes. */
export const peerRecordHook: PostStartHook = {
  name: 'peer-endpoint-reconciler-controller',
  async run({ storage, config, effects, beforeShutdown, signal }) {
    const records = leaseRecords(storage, PEER_FOLDER);
    const name = serverIdOf(config.hostname);
    const ended = new AbortController();
    const until = AbortSignal.any([signal, ended.signal]);
    const renew = () =>
      records.renew({ name, labels: { [ID_LABEL]: name }, subsets: [subsetOf(peerAddressOf(config))] });
    const tell = () =>
      renew().catch((error: unknown) => {
        if (!until.aborted) effects.log.warn('Other API servers cannot be told of this one', { error: String(error) });
      });
    const keep = async () => {
      while (!until.aborted) {
        await effects.clock.sleep(RENEW_MS, until).catch(() => undefined);
        if (!until.aborted) await tell();
      }
    };
    const told = tell();
    const kept = told.then(keep);
    beforeShutdown(async () => {
      ended.abort();
      await kept;
      await records.remove(name);
    });
    // Whoever waits for this server to be ready may end another one then.
    await told;
  },
};

function subsetOf(address: string) {
  const at = address.lastIndexOf(':');
  const ip = address.slice(0, at).replace(/^\[|\]$/g, '');
  return {
    addresses: [{ ip }],
    ports: [{ name: 'https', port: Number(address.slice(at + 1)), protocol: 'TCP' as const }],
  };
}

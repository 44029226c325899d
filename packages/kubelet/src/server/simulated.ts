import type { Effects } from '@steersman/machinery';
import type { HttpHandler } from '@steersman/server';
import { createBackend } from '../backend.ts';
import type { Kubelet } from '../kubelet.ts';
import { inProcessAccess } from './access.ts';
import { createKubeletHandler } from './handler.ts';

/**
 * The kubelet API of a simulated node, to be called in this process: made-up addresses must never be dialled. Logs are what
 * the simulated containers say; exec, attach and port-forward answer that there is no process.
 */
export function simulatedKubeletHandler(kubelet: Kubelet, effects: Effects): HttpHandler {
  const nothing = async () => undefined;
  const backend = createBackend({
    kubelet,
    effects,
    directories: { root: `/simulated/${kubelet.name}`, podLogs: `/simulated/${kubelet.name}/logs` },
    files: { open: nothing, identityOf: nothing },
    nodeUsage: async () => {
      const at = effects.clock.now();
      return {
        at,
        cpu: { at, totalNanoseconds: 0, nanoCores: 0 },
        memory: { at, workingSetBytes: 0, usageBytes: 0, rssBytes: 0 },
        disk: { capacityBytes: 0, availableBytes: 0, inodes: 0, inodesFree: 0 },
      };
    },
    configuration: { kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1' },
  });
  return createKubeletHandler({ backend, access: inProcessAccess, effects });
}

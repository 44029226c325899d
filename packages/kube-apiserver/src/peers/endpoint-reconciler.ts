/** Which addresses the `kubernetes` Service leads to: what servers say of themselves in the store. */
import type { Storage } from '@steersman/storage';
import type { EndpointReconcilerType } from '../server-config.ts';
import { leaseRecords } from './lease-records.ts';

/** Where upstream's servers keep their addresses too. */
const FOLDER = 'masterleases';

export interface EndpointReconciler {
  /** Says that this server lives, and answers with the addresses of all that do, sorted; undefined: leave the endpoints alone. */
  report(present: readonly string[]): Promise<readonly string[] | undefined>;
  /** Says that this server goes, and answers with the addresses of the others. */
  withdraw(present: readonly string[]): Promise<readonly string[] | undefined>;
}

export interface EndpointReconcilerOptions {
  readonly type: EndpointReconcilerType;
  readonly storage: Storage;
  /** This server's. */
  readonly address: string;
  /** How many servers there are, for the type `master-count`. */
  readonly count: number;
}

/** `present` is what the endpoints list at the moment. */
export function endpointReconciler(options: EndpointReconcilerOptions): EndpointReconciler {
  switch (options.type) {
    case 'none':
      return { report: async () => undefined, withdraw: async () => undefined };
    case 'master-count':
      return byCount(options);
    default:
      return byLease(options);
  }
}

function byLease({ storage, address }: EndpointReconcilerOptions): EndpointReconciler {
  const records = leaseRecords(storage, FOLDER);
  const living = async () => {
    const addresses = (await records.list()).flatMap(({ subsets }) => subsets[0]?.addresses?.[0]?.ip ?? []);
    // Nobody at all: more likely a store that has just lost its leases than a cluster without servers.
    return addresses.length === 0 ? undefined : [...new Set(addresses)].sort();
  };
  return {
    async report() {
      await records.renew({ name: address, labels: {}, subsets: [{ addresses: [{ ip: address }] }] });
      return living();
    },
    async withdraw() {
      await records.remove(address);
      return living();
    },
  };
}

/** Nobody says when it goes: only more addresses than there are servers show that one has gone. */
function byCount({ address, count }: EndpointReconcilerOptions): EndpointReconciler {
  return {
    async report(present) {
      const others = present.filter((other) => other !== address);
      return [address, ...others.slice(Math.max(0, others.length - (count - 1)))].sort();
    },
    withdraw: async () => undefined,
  };
}

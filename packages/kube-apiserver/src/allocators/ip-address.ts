/** IPAddress objects: the public record of which Service has which cluster address (KEP-1880). */
import { type IPAddress, ignoreNotFound, isAlreadyExists, Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import { familyOf } from './ip-families.ts';

const MANAGED_BY = 'ipallocator.k8s.io';

function ipAddressFor(address: string, namespace: string, service: string): IPAddress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: address,
      labels: {
        'ipaddress.kubernetes.io/ip-family': familyOf(address),
        'ipaddress.kubernetes.io/managed-by': MANAGED_BY,
      },
    },
    spec: { parentRef: { group: '', resource: 'services', namespace, name: service } },
  };
}

/** Whether this is one of ours, which goes when its Service is gone. */
export function isManaged({ metadata }: IPAddress): boolean {
  return metadata.labels?.['ipaddress.kubernetes.io/managed-by'] === MANAGED_BY;
}

export function nameOfParent({ spec }: IPAddress): string {
  return `${spec.parentRef?.namespace ?? ''}/${spec.parentRef?.name ?? ''}`;
}

/** Keeps the records. A dry run must not call these. */
export interface AddressRecords {
  /** False when another server has recorded the address for somebody. */
  claim(address: string, namespace: string, service: string): Promise<boolean>;
  forget(address: string): Promise<void>;
}

export function addressRecords(client: Client): AddressRecords {
  const objects = client.resource(Resources.ipAddresses);
  return {
    async claim(address, namespace, service) {
      try {
        await objects.create(ipAddressFor(address, namespace, service));
        return true;
      } catch (error) {
        if (isAlreadyExists(error)) return false;
        throw error;
      }
    },
    async forget(address) {
      await objects.delete({ name: address }).catch(ignoreNotFound);
    },
  };
}

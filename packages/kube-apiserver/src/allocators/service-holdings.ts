/** What Services have of the ranges. */
import { Resources, type Service } from '@steersman/api';
import type { Client } from '@steersman/client';

export function realAddresses(addresses: readonly string[] | undefined): string[] {
  return (addresses ?? []).filter((address) => address !== '' && address !== 'None');
}

export function portsOf(spec: Service['spec']): number[] {
  const numbers = [...(spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0), spec.healthCheckNodePort ?? 0];
  return [...new Set(numbers.filter((port) => port !== 0))];
}

/** The node ports of all Services, as of now. */
export async function usedPorts(client: Client): Promise<readonly number[]> {
  const { items } = await client.resource(Resources.services).list();
  return items.flatMap(({ spec }) => portsOf(spec));
}

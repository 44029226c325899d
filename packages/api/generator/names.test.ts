import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFacts } from '../src/facts.ts';
import { generateApi } from './main.ts';
import { nameTypes } from './names.ts';
import { constantName } from './resources.ts';

test('constantName() writes the plural in the casing of the kind', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['Pod', 'pods', 'pods'],
    ['EndpointSlice', 'endpointslices', 'endpointSlices'],
    ['NetworkPolicy', 'networkpolicies', 'networkPolicies'],
    ['CSIDriver', 'csidrivers', 'csiDrivers'],
    ['Endpoints', 'endpoints', 'endpoints'],
    ['IngressClass', 'ingressclasses', 'ingressClasses'],
  ];
  for (const [kind, plural, constant] of cases) assert.equal(constantName(kind, plural), constant);
});

test('nameTypes() lets core win and prefixes the others', () => {
  const names = nameTypes(loadFacts(), () => true);
  const nameOf = (ref: string) => names.get(`k8s.io/api/${ref}`)?.name;
  assert.equal(nameOf('core/v1.Event'), 'Event');
  assert.equal(nameOf('events/v1.Event'), 'EventsEvent');
  assert.equal(nameOf('autoscaling/v2.HorizontalPodAutoscaler'), 'HorizontalPodAutoscaler');
  assert.equal(nameOf('autoscaling/v1.HorizontalPodAutoscaler'), 'V1HorizontalPodAutoscaler');
  assert.equal(nameOf('coordination/v1beta1.LeaseCandidate'), 'V1beta1LeaseCandidate');
  assert.equal(new Set([...names.values()].map(({ name }) => name)).size, names.size);
});

test('generateApi() writes the same files each time', () => {
  assert.deepEqual([...generateApi()], [...generateApi()]);
});

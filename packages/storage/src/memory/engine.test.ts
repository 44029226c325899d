import { fakeClock } from '@steersman/machinery';
import { describeStorage } from '../conformance.ts';
import { createMemoryStorage } from './engine.ts';

describeStorage('createMemoryStorage()', async () => {
  const clock = fakeClock();
  return { storage: createMemoryStorage({ clock }), clock };
});

import { fakeEffects } from '@steersman/machinery';
import { createFakeApi } from './fake/fake-api.ts';
import { testTransport } from './transport.suite.ts';

testTransport('in-process transport', async () => {
  const { transport } = createFakeApi({ effects: fakeEffects() });
  return { transport, close: () => transport.close() };
});

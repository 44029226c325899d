/** One question to one resolver over UDP or TCP. */
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Clock } from '@steersman/machinery';
import type { Exchange } from '../forward.ts';
import { frame, unframed } from '../frames.ts';

const PORT = 53;

class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly code = 'no-answer';
}

/** A new source port per question, so that answers cannot be guessed by port (RFC 5452). */
export function networkExchange(clock: Clock): Exchange {
  return (server, message, transport, timeoutMs) =>
    transport === 'udp' ? overUdp(clock, server, message, timeoutMs) : overTcp(clock, server, message, timeoutMs);
}

function overUdp(clock: Clock, server: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
    const end = (finish: () => void) => {
      cancel();
      socket.close();
      finish();
    };
    const cancel = clock.schedule(timeoutMs, () => end(() => reject(new ExchangeError(`no answer from ${server}`))));
    socket.on('error', (error) => end(() => reject(error)));
    socket.on('message', (response) => {
      if (response[0] === message[0] && response[1] === message[1]) end(() => resolve(response));
    });
    // Connected, so that only this server's packets arrive and refusals are reported at once. Without a route to the
    // server the callback gets the error, which no 'error' event repeats.
    socket.connect(PORT, server, ((error?: Error) => {
      if (error) end(() => reject(error));
      else socket.send(message);
    }) as () => void);
  });
}

function overTcp(clock: Clock, server: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect(PORT, server, () => socket.write(frame(message)));
    const cancel = clock.schedule(timeoutMs, () => socket.destroy(new ExchangeError(`no answer from ${server}`)));
    const take = unframed((response) => {
      resolve(response);
      socket.destroy();
    });
    socket.on('data', take);
    socket.on('error', reject);
    socket.on('close', () => {
      cancel();
      reject(new ExchangeError(`${server} closed the connection`));
    });
  });
}

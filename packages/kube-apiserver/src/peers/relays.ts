/** Requests on their way to another API server, and its answers on their way back. */
import { ApiError, errors } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import type { Exchange, Outcome } from '../pipeline/exchange.ts';
import { isLongRunning } from '../pipeline/max-in-flight.ts';
import { dialText } from '../streaming/dial-text.ts';
import { isUnsent, type PeerConnections } from './adapters/peer-connection.ts';
import { answerHeaders, proxiedHeaders } from './proxied-request.ts';
import { type WatchFrames, watchFrames } from './watch-frames.ts';

/** Upstream's --request-timeout, for all but watches and streams: a peer that is stopped may keep its connections. */
const ANSWER_MS_MAX = 60_000;
const LATE = 'request did not complete within the allotted timeout';
/** What upstream says of a connection on which nobody answers any more. */
const LOST = 'http2: client connection lost';

export interface RelayOptions {
  readonly connections: PeerConnections;
  readonly clock: Clock;
  /** Told the status of each request that was passed on. */
  readonly count: (exchange: Exchange, code: number) => void;
}

export interface Relays {
  /** Answers with what the first of the peers answers that can be reached; `lookAgain` is asked for others when none can. */
  passOn(
    exchange: Exchange,
    addresses: readonly string[],
    lookAgain: () => Promise<readonly string[]>,
  ): Promise<Outcome>;
  /** Ends watches behind the last whole event: this server goes. */
  end(): void;
  /** Cuts what still goes to a server that is gone; watches are ended. */
  giveUp(address: string): void;
}

/** What is under way to a peer. */
interface Relay {
  readonly address: string;
  end(): void;
  giveUp(): void;
}

export function createRelays({ connections, clock, count }: RelayOptions): Relays {
  const open = new Set<Relay>();

  const passOn: Relays['passOn'] = async (exchange, addresses, lookAgain) => {
    try {
      await firstReached(exchange, addresses, lookAgain);
    } catch (error) {
      const late = error instanceof ApiError;
      count(exchange, late ? error.code : 503);
      if (late) throw error;
      sendUnreachable(exchange, error);
    }
    return 'answered';
  };

  async function firstReached(
    exchange: Exchange,
    addresses: readonly string[],
    lookAgain: () => Promise<readonly string[]>,
  ): Promise<void> {
    const tried = new Set<string>();
    let left = addresses;
    for (let looked = false; ; ) {
      const [address = '', ...others] = left;
      tried.add(address);
      try {
        return await (exchange.upgrade === undefined ? ask(exchange, address) : tunnel(exchange, address));
      } catch (error) {
        // Nobody has seen the request yet.
        if (!isUnsent(error) || exchange.request.signal.aborted) throw error;
        left = others;
        if (left.length === 0 && !looked) {
          looked = true;
          left = (await lookAgain()).filter((other) => !tried.has(other));
        }
        if (left.length === 0) throw error;
      }
    }
  }

  /** Rejects when there is no answer; one that breaks off breaks off for the client too. */
  async function ask(exchange: Exchange, address: string): Promise<void> {
    const { request } = exchange;
    const bodiless = request.method === 'GET' || request.method === 'HEAD';
    const cut = new AbortController();
    const progress: Progress = { frames: undefined, ending: false };
    const relay: Relay = {
      address,
      end() {
        progress.ending = true;
        if (progress.frames?.whole === true) cut.abort();
      },
      giveUp() {
        progress.ending = true;
        cut.abort(new Error(LOST));
      },
    };
    open.add(relay);
    const cancel = isLongRunning(exchange)
      ? undefined
      : clock.schedule(ANSWER_MS_MAX, () => cut.abort(errors.timeout(LATE)));
    try {
      const signal = AbortSignal.any([request.signal, cut.signal]);
      const body = bodiless ? undefined : request.bodyStream();
      const answer = await connections.call({ ...callOf(exchange, address), body, signal }).catch((error: unknown) => {
        throw cut.signal.aborted ? cut.signal.reason : error;
      });
      count(exchange, answer.statusCode ?? 502);
      await copyBack(exchange, answer, progress);
    } finally {
      cancel?.();
      open.delete(relay);
    }
  }

  async function tunnel(exchange: Exchange, address: string): Promise<void> {
    const upgrade = exchange.upgrade!;
    const end = () => void upgrade.socket.destroy();
    const relay: Relay = { address, end: () => undefined, giveUp: end };
    open.add(relay);
    try {
      await connections.tunnel(callOf(exchange, address), upgrade);
      count(exchange, 101);
    } finally {
      open.delete(relay);
    }
  }

  return {
    passOn,
    end() {
      for (const relay of open) relay.end();
    },
    giveUp(address) {
      for (const relay of open) if (relay.address === address) relay.giveUp();
    },
  };
}

function callOf({ request, user, upgrade }: Exchange, address: string) {
  const { method, path, query } = request;
  const headers = proxiedHeaders(request, user, upgrade !== undefined);
  return { address, method, path: query === '' ? path : `${path}?${query}`, headers };
}

interface Progress {
  /** Of a watch that has been answered. */
  frames: WatchFrames | undefined;
  ending: boolean;
}

type Answer = Awaited<ReturnType<PeerConnections['call']>>;

async function copyBack({ response, info }: Exchange, answer: Answer, progress: Progress): Promise<void> {
  const out = response.stream(answer.statusCode ?? 502, answerHeaders(answer.headers));
  out.onClose(() => answer.destroy());
  const frames = info.verb === 'watch' ? watchFrames(answer.headers['content-type'] ?? '') : undefined;
  progress.frames = frames;
  const mayEnd = () => progress.ending && frames?.whole === true;
  try {
    if (mayEnd()) answer.destroy();
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (out.closed) break;
      frames?.take(chunk);
      if (!out.write(chunk)) await out.drained();
      if (mayEnd()) break;
    }
    out.end();
  } catch {
    if (mayEnd()) out.end();
    else out.destroy();
  }
}

/** Plain text, as upstream's proxy answers. */
function sendUnreachable({ response }: Exchange, error: unknown): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  response.send(503, headers, Buffer.from(`${dialText(error)}\n`));
}

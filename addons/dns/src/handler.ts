/** From the bytes of a query to the bytes of its response, whatever it came over. */
import type { Effects } from '@steersman/machinery';
import packet from 'dns-packet';
import { type Answer, type ClusterView, FORWARD, type ResourceRecord } from './contract.ts';
import type { Forwarder } from './forward.ts';
import { parseQuery, type Query } from './request.ts';
import { resolve, type Zone } from './resolve.ts';
import { encodeResponse, type ResponseCode, TCP_BYTES_MAX } from './wire.ts';

/** ExternalNames that lead to ExternalNames end here. */
const CNAME_CHAIN_MAX = 8;

export interface HandlerOptions {
  readonly view: ClusterView;
  readonly zone: Zone;
  readonly forwarder: Forwarder;
  readonly effects: Effects;
}
/** Answers one message; undefined when it deserves no answer. */
export type Handler = (message: Uint8Array, transport: 'udp' | 'tcp') => Promise<Uint8Array | undefined>;

export function createHandler({ view, zone, forwarder, effects }: HandlerOptions): Handler {
  const requests = effects.metrics.counter('coredns_dns_requests_total', 'DNS requests.', ['proto', 'type']);
  const responses = effects.metrics.counter('coredns_dns_responses_total', 'DNS responses.', ['rcode']);

  function respond(query: Query, transport: 'udp' | 'tcp', code: ResponseCode, answer?: Answer): Uint8Array {
    responses.add(1, { rcode: code });
    const head = {
      id: query.id,
      question: query.questionBytes,
      code,
      recursionDesired: query.recursionDesired,
      authoritative: answer !== undefined,
      edns: query.edns,
      bytesMax: transport === 'udp' ? query.udpBytesMax : TCP_BYTES_MAX,
    };
    return encodeResponse(head, query.question.name, answer);
  }

  async function forwarded(query: Query, message: Uint8Array, transport: 'udp' | 'tcp'): Promise<Uint8Array> {
    const key = `${query.question.type} ${query.edns ? 'e' : ''} ${query.question.name.toLowerCase()}`;
    const response = await forwarder.forward(message, key);
    if (response === undefined) return respond(query, transport, 'SERVFAIL');
    if (transport === 'tcp' || response.length <= query.udpBytesMax) return response;
    const cut = Buffer.from(respond(query, transport, 'NOERROR'));
    cut[2] = (cut[2] ?? 0) | 0x02;
    return cut;
  }

  /** What stands behind a name that an ExternalName points to: ours, or others'. */
  async function lookUp(name: string, type: string): Promise<readonly ResourceRecord[]> {
    const own = resolve({ name, type }, view, zone);
    if (own !== FORWARD) return own.answers;
    const message = packet.encode({
      type: 'query',
      id: 0,
      flags: packet.RECURSION_DESIRED,
      questions: [{ name, type: type as 'A' }],
    });
    const response = await forwarder.forward(message, `${type}  ${name.toLowerCase()}`);
    return response === undefined ? [] : recordsOf(response);
  }

  async function chased(answer: Answer, type: string): Promise<Answer> {
    const answers = [...answer.answers];
    for (let steps = 0; steps < CNAME_CHAIN_MAX; steps += 1) {
      const last = answers.at(-1);
      if (last?.type !== 'CNAME' || type === 'CNAME' || type === 'ANY') break;
      const more = await lookUp(last.target, type);
      if (more.length === 0) break;
      answers.push(...more);
    }
    return { ...answer, answers };
  }

  return async function handle(message, transport) {
    const query = parseQuery(message);
    if (query === 'ignore') return undefined;
    if (query === 'malformed') return malformed(message);
    requests.add(1, { proto: transport, type: query.question.type });
    if (query.opcode !== 0) return respond(query, transport, 'NOTIMP');
    const answer = resolve(query.question, view, zone);
    if (answer === FORWARD) return await forwarded(query, message, transport);
    const whole = await chased(answer, query.question.type);
    return respond(query, transport, answer.code, { ...whole, answers: rotated(whole.answers, effects.random) });
  };
}

/**
 * Another address first each time, so that clients that take the first one spread over the endpoints. Aliases stay in
 * front: resolvers read them in order.
 */
function rotated(records: readonly ResourceRecord[], random: Effects['random']): readonly ResourceRecord[] {
  const isAddress = ({ type }: ResourceRecord) => type === 'A' || type === 'AAAA';
  const addresses = records.filter(isAddress);
  if (addresses.length < 2) return records;
  const start = random.integer(addresses.length);
  return [...records.filter((record) => !isAddress(record)), ...addresses.slice(start), ...addresses.slice(0, start)];
}

function malformed(message: Uint8Array): Uint8Array {
  const id = ((message[0] ?? 0) << 8) | (message[1] ?? 0);
  const head = {
    id,
    question: new Uint8Array(),
    recursionDesired: false,
    authoritative: false,
    edns: false,
    bytesMax: 512,
  };
  return encodeResponse({ ...head, code: 'FORMERR' }, '');
}

/** Address and alias records of a forwarded response. */
function recordsOf(response: Uint8Array): ResourceRecord[] {
  const decoded = packet.decode(Buffer.from(response));
  return (decoded.answers ?? []).flatMap((record): ResourceRecord[] => {
    const ttlSeconds = 'ttl' in record ? (record.ttl ?? 0) : 0;
    if (record.type === 'A' || record.type === 'AAAA')
      return [{ type: record.type, name: record.name, ttlSeconds, address: record.data }];
    return record.type === 'CNAME' ? [{ type: 'CNAME', name: record.name, ttlSeconds, target: record.data }] : [];
  });
}

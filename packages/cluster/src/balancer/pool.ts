/** Which server gets the next connection: of those that are ready the one with the fewest, in turns. */

/** What a server said last: it is ready, it is not, or nothing at all. */
export type ServerState = 'ready' | 'unready' | 'silent';

/** A server that is silent this often in a row is taken for gone, and its connections are cut so that clients go elsewhere. */
const SILENT_CHECKS_MAX = 3;

export interface Pool {
  /** All servers, the best one first; those that are not ready come last, for when there is nothing better. */
  candidates(): readonly string[];
  opened(server: string): void;
  closed(server: string): void;
  /** Takes note of a check; true when the connections of the server are to be cut. */
  checked(server: string, state: ServerState): boolean;
  state(server: string): ServerState;
}

interface Member {
  readonly server: string;
  state: ServerState;
  connections: number;
  silentChecks: number;
  /** When it was chosen last: among equals, the one that waits longest is next. */
  chosenAt: number;
}

const RANK: Readonly<Record<ServerState, number>> = { ready: 0, unready: 1, silent: 2 };

export function createPool(servers: readonly string[]): Pool {
  const members = new Map<string, Member>(
    servers.map((server) => [server, { server, state: 'unready', connections: 0, silentChecks: 0, chosenAt: 0 }]),
  );
  const of = (server: string) => members.get(server)!;
  let turn = 0;
  return {
    candidates() {
      const better = (a: Member, b: Member) =>
        RANK[a.state] - RANK[b.state] || a.connections - b.connections || a.chosenAt - b.chosenAt;
      return [...members.values()].sort(better).map(({ server }) => server);
    },
    opened(server) {
      const member = of(server);
      member.connections += 1;
      member.chosenAt = ++turn;
    },
    closed(server) {
      of(server).connections -= 1;
    },
    checked(server, state) {
      const member = of(server);
      member.state = state;
      member.silentChecks = state === 'silent' ? member.silentChecks + 1 : 0;
      return member.silentChecks === SILENT_CHECKS_MAX;
    },
    state: (server) => of(server).state,
  };
}

import { isAlreadyExists, Resources } from '@steersman/api';
import { type Client, createClient, type Transport } from '@steersman/client';
import type { Clock } from '@steersman/machinery';

const NAMESPACE = 'kube-system';
/** As upstream: tokens are good for an hour, and asked for anew when a tenth of that is left. */
const TOKEN_SECONDS = 3_600;
const RENEW_BEFORE_MS = 360_000;

export interface AccountClientsOptions {
  /** May create service accounts and their tokens. */
  readonly client: Client;
  /** A transport that brings no credentials of its own. */
  readonly anonymous: Transport;
  readonly clock: Clock;
}

interface Token {
  readonly text: string;
  readonly renewAtMs: number;
}

/**
 * Clients that act as service accounts of kube-system, with tokens that are asked for when needed and renewed in time
 * (`--use-service-account-credentials`). An account that does not exist is created.
 */
export function accountClients({ client, anonymous, clock }: AccountClientsOptions): (account: string) => Client {
  const accounts = client.resource(Resources.serviceAccounts);

  async function request(account: string): Promise<Token> {
    const at = { namespace: NAMESPACE, name: account };
    if ((await accounts.find(at)) === undefined) {
      await accounts.create({ metadata: at }).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      });
    }
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: { audiences: [], expirationSeconds: TOKEN_SECONDS },
    };
    const { status } = await accounts.subresource<{ readonly status?: { readonly token: string } }>(
      'POST',
      at,
      'token',
      body,
    );
    return { text: status?.token ?? '', renewAtMs: clock.monotonic() + TOKEN_SECONDS * 1000 - RENEW_BEFORE_MS };
  }

  return function clientFor(account) {
    let token: Promise<Token> | undefined;
    const current = async (): Promise<Token> => {
      const known = await token?.catch(() => undefined);
      if (known !== undefined && clock.monotonic() < known.renewAtMs) return known;
      token = request(account);
      return token;
    };
    const transport: Transport = {
      async request(outgoing) {
        const { text } = await current();
        return anonymous.request({ ...outgoing, headers: { ...outgoing.headers, authorization: `Bearer ${text}` } });
      },
      close: () => anonymous.close(),
    };
    return createClient(transport, { userAgent: `kube-controller-manager/${account}`, clock });
  };
}

/**
 * OpenAPI documents. Each is built at the first request for it: most servers never need most of them.
 */
import { createHash } from 'node:crypto';
import {
  encodeOpenApiV2,
  OPENAPI_V2_PROTOBUF,
  openApiV2Document,
  openApiV3Document,
  type ResourceInfo,
} from '@steersman/api';
import { type Exchange, type Outcome, sendJsonValue } from '../pipeline/exchange.ts';
import { discoveryGroups } from './documents.ts';
import { type Document, documentOf, jsonDocument, sendDocument } from './stage.ts';

const V2 = '/openapi/v2';
const V3 = '/openapi/v3';

/** Answers /openapi/v2 and /openapi/v3; undefined for every other path. */
export function openApiResponder(resources: readonly ResourceInfo[]): (exchange: Exchange) => Outcome | undefined {
  const made = new Map<string, Document>();
  const once = (key: string, make: () => Document): Document => {
    let document = made.get(key);
    if (document === undefined) {
      document = make();
      made.set(key, document);
    }
    return document;
  };
  const groupVersions = new Map(
    discoveryGroups(resources).flatMap(({ group, versions }) =>
      versions.map(
        (version) => [group === '' ? `api/${version}` : `apis/${group}/${version}`, { group, version }] as const,
      ),
    ),
  );
  // A hash of what the document is made from names it without making it.
  const hashOf = (path: string) =>
    createHash('sha512')
      .update(JSON.stringify(resources.filter((row) => path.endsWith(row.version))))
      .digest('hex')
      .toUpperCase();
  return (exchange) => {
    const { path, headers } = exchange.request;
    if (path === V2) {
      if ((headers['accept'] ?? '').includes('proto-openapi')) {
        return sendDocument(
          exchange,
          once(OPENAPI_V2_PROTOBUF, () =>
            documentOf(encodeOpenApiV2(openApiV2Document(resources)), OPENAPI_V2_PROTOBUF),
          ),
        );
      }
      return sendDocument(
        exchange,
        once(V2, () => jsonDocument(openApiV2Document(resources))),
      );
    }
    if (path === V3) {
      const paths = Object.fromEntries(
        [...groupVersions.keys()].map((key) => [key, { serverRelativeURL: `${V3}/${key}?hash=${hashOf(key)}` }]),
      );
      sendJsonValue(exchange, 200, { paths });
      return 'answered';
    }
    const groupVersion = path.startsWith(`${V3}/`) ? groupVersions.get(path.slice(V3.length + 1)) : undefined;
    if (groupVersion === undefined) return undefined;
    return sendDocument(
      exchange,
      once(path, () => jsonDocument(openApiV3Document(groupVersion))),
    );
  };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxiedLink, proxiedPage } from './proxy-links.ts';

const prefix = '/api/v1/namespaces/ns/services/web/proxy';
const place = { authority: '10.244.0.5:8080', asked: 'localhost:8001', prefix };

const links: readonly (readonly [string, string])[] = [
  ['/', `${prefix}/`],
  ['/page?q=1#top', `${prefix}/page?q=1#top`],
  ['http://10.244.0.5:8080/page/', `${prefix}/page/`],
  ['//localhost:8001/page', `${prefix}/page`],
  ['http://10.244.0.5:8080', prefix],
  [`${prefix}/page`, `${prefix}/page`],
  ['page', 'page'],
  ['#top', '#top'],
  ['https://example.com/page', 'https://example.com/page'],
  ['mailto:joe@example.com', 'mailto:joe@example.com'],
];
for (const [link, expected] of links) {
  test(`proxiedLink() leads ${link} to ${expected}`, () => assert.equal(proxiedLink(link, place), expected));
}

test('proxiedPage() rewrites the links of elements, and nothing else', () => {
  const page =
    '<html><a class="x" HREF="/a">/a</a><img src=\'/i.png\' alt="/i"><script src=/s.js></script><p href="/p">href="/q"</p></html>';
  assert.equal(
    proxiedPage(page, place),
    `<html><a class="x" HREF="${prefix}/a">/a</a><img src="${prefix}/i.png" alt="/i"><script src="${prefix}/s.js"></script><p href="/p">href="/q"</p></html>`,
  );
});

test('proxiedPage() takes time that grows with a hostile page, not with its square', () => {
  const before = process.cpuUsage().user;
  proxiedPage('<a '.repeat(200_000), place);
  proxiedPage(`<a ${' x='.repeat(200_000)}>`, place);
  assert.ok(process.cpuUsage().user - before < 5_000_000, 'microseconds');
});

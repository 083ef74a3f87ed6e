import { describe, expect, test } from '@jest/globals';
import { extractIndicators } from './extract-indicators.js';
import { compileMappings } from './mappings.js';
import { urlsBehind } from '../vocabulary/link-wrappers.js';

const EVIL = 'https://evil-login.net/a_b-c/?x=1&y=2';
const ENCODED = encodeURIComponent(EVIL);
const SAFE_LINK = `https://eur04.safelinks.protection.outlook.com/?url=${ENCODED}&data=05%7C01&sdata=aBc%3D&reserved=0`;
const V2 =
  'https://urldefense.proofpoint.com/v2/url?u=https-3A__evil-2Dlogin.net_a-5Fb-2Dc_-3Fx-3D1-26y-3D2&d=DwMFaQ&c=x&r=y&m=z&s=w&e=';
const V3 = 'https://urldefense.com/v3/__https://evil-login.net/a_b-c/?x=1&y=2__;!!ABC!def$';

describe('urlsBehind', () => {
  test.each([
    ['Safe Links', SAFE_LINK],
    ['URL Defense v1', `https://urldefense.proofpoint.com/v1/url?u=${ENCODED}&k=abc%3D%0A`],
    ['URL Defense v2', V2],
    ['URL Defense v3', V3],
    ['URL Defense v3 with a removed slash', 'https://urldefense.com/v3/__https:/*evil-login.net/a_b-c/?x=1&y=2__;Lw!!ABC!def$'],
    ['Google', `https://www.google.co.uk/url?sa=t&q=${ENCODED}&usg=AOvVaw`],
    ['Google with url', `https://www.google.com/url?rct=j&url=${ENCODED}`],
    ['Mimecast', `https://protect-eu.mimecast.com/redirect/x?url=${ENCODED}`],
    ['Barracuda', `https://linkprotect.cudasvc.com/url?a=${ENCODED}&c=E,1,x&typo=1`],
    ['Cisco', `https://secure-web.cisco.com/1AbC_d-e/${ENCODED}`],
    ['Sophos', `https://eu-west-1.protection.sophos.com/?d=evil-login.net&u=${Buffer.from(EVIL).toString('base64')}&i=x`],
    ['Bing', `https://www.bing.com/ck/a?!&&p=1&u=a1${Buffer.from(EVIL).toString('base64url')}&ntb=1`],
    ['Facebook', `https://l.facebook.com/l.php?u=${ENCODED}&h=AT0`],
  ])('opens links of %s', (_name, wrapper) => {
    expect(urlsBehind(wrapper)).toEqual([EVIL]);
  }); // prettier-ignore

  test('gives back what URL Defense v3 removed, one character or a run', () => {
    const removed = Buffer.from('é%–ü').toString('base64url');
    expect(urlsBehind(`https://urldefense.com/v3/__http://a.net/x*y**Bz__;${removed}!!A!b$`)).toEqual([
      'http://a.net/xéy%–üz',
    ]);
  }); // prettier-ignore

  test('opens links in links, and stops after three', () => {
    const wrap = (url: string) => `https://www.google.com/url?q=${encodeURIComponent(url)}`;
    expect(urlsBehind(wrap(SAFE_LINK))).toEqual([SAFE_LINK, EVIL]);
    expect(urlsBehind(wrap(wrap(wrap(wrap(wrap(EVIL))))))).toHaveLength(3);
  });

  test.each([
    'https://www.google.com/search?q=https://evil-login.net/',
    'https://www.google.com/url?q=evil%20login',
    'https://urldefense.com/v3/__not a link__;!!A!b$',
    'https://urldefense.proofpoint.com/v2/url?u=-ZZ&d=x',
    'https://evil.net/?url=https://other.net/',
    'https://safelinks.protection.outlook.com.evil.net/?url=https://other.net/',
  ])('leaves %s alone', (url) => {
    expect(urlsBehind(url)).toEqual([]);
  });
});

describe('extractIndicators', () => {
  const urls = (rawPayload: object, stated: { type: 'url'; value: string }[] = []) =>
    extractIndicators({
      sourceName: 'generic',
      title: '',
      rawPayload,
      statedIndicators: stated,
      normalizedFields: {},
      mappings: compileMappings([]),
    }).indicators;

  test('lists a wrapped link, the link behind it and the host of that, with their place', () => {
    for (const link of [SAFE_LINK, V2, V3]) {
      const text = `The user clicked ${link} at noon.`;
      const found = urls({ description: text });
      expect(found.map(({ type, value }) => [type, value])).toEqual([
        ['url', link],
        ['url', EVIL],
        ['domain', 'evil-login.net'],
      ]);
      expect(found[1]?.provenance).toEqual([
        { pass: 'text', pointer: '/description', extractor: 'url-behind', statedAs: link, span: [17, 17 + link.length] },
      ]); // prettier-ignore
    }
  });

  test('does so in fields and for stated links', () => {
    const inField = urls({ url: V2 }).map(({ value }) => value);
    expect(inField).toEqual([V2, EVIL, 'evil-login.net']);
    const stated = urls({}, [{ type: 'url', value: SAFE_LINK }]).map(({ value }) => value);
    expect(stated).toEqual([SAFE_LINK, EVIL, 'evil-login.net']);
  });
});

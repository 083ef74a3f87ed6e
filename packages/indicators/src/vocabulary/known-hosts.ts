import { isUnder } from '../canonicalize/is-under.js';

/** Hosts of documentation, standards and advisories that alerts link to. */
const READING: ReadonlySet<string> = new Set([
  'attack.mitre.org', 'cve.mitre.org', 'cwe.mitre.org', 'cve.org', 'nvd.nist.gov', 'docs.microsoft.com', 'learn.microsoft.com',
  'technet.microsoft.com', 'support.microsoft.com', 'msrc.microsoft.com', 'go.microsoft.com', 'aka.ms', 'schemas.microsoft.com',
  'schemas.xmlsoap.org', 'www.w3.org', 'docs.aws.amazon.com', 'cloud.google.com', 'www.elastic.co', 'docs.splunk.com',
  'security.snyk.io', 'api.github.com', 'docs.github.com', 'graph.microsoft.com', 'management.azure.com', 'management.core.windows.net', 'sts.windows.net', 'tools.ietf.org', 'datatracker.ietf.org', 'json-schema.org',
]); // prettier-ignore

/** Hosts where security products show their own alerts. */
const CONSOLES: ReadonlySet<string> = new Set([
  'portal.azure.com', 'security.microsoft.com', 'securitycenter.microsoft.com', 'securitycenter.windows.com',
  'protection.office.com', 'compliance.microsoft.com', 'entra.microsoft.com', 'portal.office.com', 'portal.cloudappsecurity.com',
  'console.aws.amazon.com', 'console.cloud.google.com', 'admin.google.com', 'app.stackdriver.com',
  'crowdstrike.com', 'sentinelone.net', 'proofpoint.com', 'socradar.com', 'tracebit.com', 'upwind.io', 'wiz.io',
  'orcasecurity.io', 'sysdig.com', 'sysdigcloud.com', 'pagerduty.com', 'opsgenie.com', 'sentry.io', 'datadoghq.com', 'datadoghq.eu',
  'newrelic.com', 'grafana.net', 'grafana.com', 'splunkcloud.com', 'elastic-cloud.com', 'cloud.es.io', 'vectra.ai', 'darktrace.com',
  'extrahop.com', 'rapid7.com', 'sumologic.com', 'exabeam.com', 'securonix.net', 'logrhythm.com', 'canary.tools',
  'cybereason.net', 'withsecure.com', 'f-secure.com', 'trendmicro.com', 'paloaltonetworks.com', 'recordedfuture.com',
  'thehive-project.org', 'arcanna.ai', 'appomni.com', 'sublime.security', 'sublimesecurity.com', 'pushsecurity.com',
  'ironscales.com', 'abnormalsecurity.com', 'okta-admin.com', 'duosecurity.com', 'jumpcloud.com', 'lacework.net', 'snyk.io',
  'thousandeyes.com', 'pingdom.com', 'signalfx.com', 'atlassian.net', 'service-now.com', 'zendesk.com', 'huntress.io',
  'panther.io', 'runpanther.net', 'expel.io', 'arcticwolf.com', 'mimecast.com', 'netskope.com', 'zscaler.com', 'tines.com',
]); // prettier-ignore

/** Look-up sites. A link in a field describes an indicator; a link in a command line can be part of the event. */
const LOOKUPS: ReadonlySet<string> = new Set([
  'virustotal.com',
  'abuseipdb.com',
  'urlscan.io',
  'shodan.io',
  'otx.alienvault.com',
  'any.run',
  'hybrid-analysis.com',
  'abuse.ch',
  'joesandbox.com',
  'tria.ge',
]);

/** Relays of the large mail services. They appear in every message and are no party to it. */
const MAIL_HOPS: ReadonlySet<string> = new Set([
  'prod.outlook.com',
  'protection.outlook.com',
  'exchangelabs.com',
  'pphosted.com',
]);

const IMAGE_REGISTRIES: ReadonlySet<string> = new Set([
  'docker.io', 'quay.io', 'gcr.io', 'ghcr.io', 'k8s.io', 'mcr.microsoft.com', 'ecr.aws', 'azurecr.io', 'pkg.dev', 'redhat.io',
  'registry.gitlab.com', 'nvcr.io',
]); // prettier-ignore

const SERVICE_FORM =
  /^(?:[a-z0-9-]+\.(?:(?:[a-z]{2}(?:-[a-z]+)+-\d\.)?amazonaws|googleapis)|mail-[a-z0-9-]+\.google)\.com$|\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/;

export const isReadingOrConsoleHost = (host: string): boolean =>
  isUnder(host, READING) || isUnder(host, CONSOLES);

export const isLookupHost = (host: string): boolean => isUnder(host, LOOKUPS);

/**
 * Whether a name is that of infrastructure: image registries, mail relays and cloud APIs
 * (`sts.amazonaws.com` as a caller is a service, not a host).
 */
export const isInfrastructure = (host: string): boolean =>
  isUnder(host, IMAGE_REGISTRIES) || isUnder(host, MAIL_HOPS) || SERVICE_FORM.test(host);

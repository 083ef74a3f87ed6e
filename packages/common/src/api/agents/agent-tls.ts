import { z } from 'zod';

/** A chain of some certificates, or one long key. */
const MAX_PEM_CHARACTERS = 32_768;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/;
const PRIVATE_KEY =
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\s\S]+-----END (?:[A-Z]+ )?PRIVATE KEY-----/;

const pemSchema = (form: RegExp) =>
  z.string().max(MAX_PEM_CHARACTERS).regex(form, 'PEM, with its BEGIN and END lines');

const caSchema = pemSchema(CERTIFICATE).describe(
  'Certificates of authorities that are trusted besides the usual ones',
);
const certificateSchema = pemSchema(CERTIFICATE).describe(
  'The client certificate that pushes show, with its chain',
);

/** Whom pushes to an agent trust, and as whom they appear. */
export const agentTlsSchema = z
  .strictObject({
    ca: caSchema.optional(),
    client_certificate: certificateSchema.optional(),
    client_key: pemSchema(PRIVATE_KEY)
      .optional()
      .describe('Its private key, without a passphrase; stored encrypted, never returned'),
  })
  .refine(
    ({ client_certificate: certificate, client_key: key }) =>
      (certificate === undefined) === (key === undefined),
    { path: ['client_key'], message: 'client_certificate and client_key go together' },
  )
  .meta({ id: 'AgentTls' });
export type AgentTls = z.infer<typeof agentTlsSchema>;

export const shownAgentTlsSchema = z
  .object({
    ca: caSchema.optional(),
    client_certificate: certificateSchema.optional(),
    has_client_key: z.boolean(),
  })
  .meta({ id: 'ShownAgentTls' });

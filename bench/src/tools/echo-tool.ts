import { type AddressInfo } from 'node:net';
import express from 'express';
import { serveTool } from './tool.js';

export type EchoMethods = { listen(argument: undefined): Promise<string> };

/** The baseline for ingest: express with its JSON parser, which returns what it receives. */
const app = express();
app.use(express.json());
app.post('/echo', (request, response) => {
  response.status(202).json(request.body);
});

serveTool({
  listen: async () =>
    await new Promise<string>((resolve) => {
      const server = app.listen(0, '127.0.0.1', () =>
        resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      );
    }),
});

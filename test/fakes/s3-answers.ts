import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Answers a request, or does something worse. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void;

export interface AnsweringServer {
  endpoint: string;
  requests: SeenRequest[];
  /** Takes the next answers; the last one is for all requests after it. */
  script(...answers: Answer[]): void;
  close(): Promise<void>;
}

/** A server on 127.0.0.1 that gives scripted answers: what no well-behaved S3 server can be made to say. */
export async function answeringServer(): Promise<AnsweringServer> {
  const requests: SeenRequest[] = [];
  let script: Answer[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(pieces) };
      requests.push(seen);
      const answer = script.length > 1 ? script.shift() : script[0];
      answer?.(response, seen);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no free port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    requests,
    script: (...answers) => {
      script = answers;
      requests.length = 0;
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** An error as S3 words it. */
export function refusal(
  status: number,
  code: string,
  { headers = {}, xml = '' }: { headers?: Record<string, string>; xml?: string } = {},
): Answer {
  return (response, { method }) => {
    response.writeHead(status, { 'content-type': 'application/xml', ...headers });
    const body = `<Error><Code>${code}</Code><Message>About ${code}</Message>${xml}</Error>`;
    response.end(method === 'HEAD' ? '' : body);
  };
}

/** Success, with a body. */
export function success(body: string | Uint8Array = '', headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(200, headers);
    response.end(body);
  };
}

/** A page of ListObjectsV2. */
export function listing(keys: string[], next?: string, truncated = next !== undefined): Answer {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
  const token = next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`;
  return success(
    `<ListBucketResult><IsTruncated>${truncated}</IsTruncated>${token}${contents}</ListBucketResult>`,
    { 'content-type': 'application/xml' },
  );
}

/** Ends the connection in the middle. */
export const hangUp: Answer = (response) => {
  response.destroy();
};

/** Never answers. */
export const silence: Answer = () => {};

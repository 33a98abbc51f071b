import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';

/** What goes wrong with one request. */
export type S3Fault =
  /** The connection is cut before an answer. */
  | 'cut'
  /** It is cut in the middle of what is sent. */
  | 'cut in the middle'
  /** There is never an answer. */
  | 'silent';

export interface S3Options {
  readonly host: string;
  readonly port: number;
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  /** What opens it, as it is when it is asked. */
  readonly keys: S3Keys;
}

export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

interface S3Stored {
  bytes: Buffer;
  readonly type: string;
  /** Headers that begin with x-amz-meta-. */
  readonly about: Readonly<Record<string, string>>;
  readonly at: Date;
}

interface Asked {
  readonly method: string;
  /** As it was sent, without what follows the question mark. */
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: IncomingMessage['headers'];
}

/**
 * S3 as far as k3s asks for it: buckets by path, objects that are saved whole or in parts, listed, fetched and removed, with
 * requests that are signed by version 4 (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html), and
 * with the codes of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. Everything lies in memory.
 */
export class S3Server {
  readonly buckets = new Set<string>();
  /** By `bucket/key`. */
  readonly objects = new Map<string, S3Stored>();
  /** What was asked for so far: `PUT /bucket/key`. */
  readonly asked: string[] = [];
  fault: (method: string, path: string) => S3Fault | undefined = () => undefined;
  private readonly parts = new Map<string, Map<number, Buffer>>();
  private readonly sockets = new Set<Duplex>();
  private server: Server | undefined;

  constructor(private readonly options: S3Options) {}

  /** Begins to listen, at the same place after it was away. */
  start(): Promise<void> {
    const { host, port, key, cert } = this.options;
    const server = createServer({ key, cert }, (request, response) => {
      this.answer(request, response).catch(() => request.socket.destroy());
    });
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server = server;
    return new Promise((done, failed) => {
      server.once('error', failed);
      server.listen(port, host, () => done());
    });
  }

  /** Breaks every connection and takes no more. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = new Promise((done) => server.close(done));
    for (const each of this.sockets) each.destroy();
    await closed;
  }

  get port(): number {
    const address = this.server?.address();
    return typeof address === 'object' && address !== null ? address.port : this.options.port;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [rawPath = '/', rawQuery = ''] = (request.url ?? '/').split('?');
    const method = request.method ?? '';
    const path = decodeURIComponent(rawPath);
    this.asked.push(`${method} ${path}`);
    const fault = this.fault(method, path);
    if (fault === 'silent') return;
    if (fault === 'cut' || (fault !== undefined && method === 'PUT')) {
      request.socket.destroy();
      return;
    }
    const body = await bodyOf(request);
    const asked = { method, rawPath, rawQuery, headers: request.headers };
    const refusal = refusalOf(asked, this.options.keys);
    const {
      status,
      content = '',
      headers,
    } = refusal === undefined ? this.made(asked, path, body) : errorOf(refusal, path);
    const bytes = Buffer.from(content);
    // What is asked for its head alone tells the length all the same.
    response.writeHead(status, {
      'content-length': String(bytes.length),
      'x-amz-request-id': randomUUID(),
      ...headers,
    });
    if (method === 'HEAD') response.end();
    else if (fault === 'cut in the middle')
      response.write(bytes.subarray(0, bytes.length >> 1), () => request.socket.destroy());
    else response.end(bytes);
  }

  private made(asked: Asked, path: string, body: Buffer): Answer {
    const { method, headers } = asked;
    const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
    const query = new URLSearchParams(asked.rawQuery);
    if (!this.buckets.has(bucket)) return errorOf('NoSuchBucket', path);
    if (key === '') {
      if (method === 'HEAD') return { status: 200 };
      if (method !== 'GET') return errorOf('NotImplemented', path);
      return xml(query.has('location') ? '<LocationConstraint/>' : this.list(bucket, query));
    }
    const name = `${bucket}/${key}`;
    if (method === 'POST' || query.has('uploadId')) return this.inParts(asked, name, query, body);
    if (method === 'PUT') {
      this.keep(name, body, headers);
      return { status: 200, headers: { etag: etagOf(body) } };
    }
    if (method === 'DELETE') {
      this.objects.delete(name);
      return { status: 204 };
    }
    const stored = this.objects.get(name);
    if (stored === undefined) return errorOf('NoSuchKey', path);
    const { bytes, about, type, at } = stored;
    const own = { ...about, 'content-type': type, 'last-modified': at.toUTCString(), etag: etagOf(bytes) };
    const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
    if (from === undefined) return { status: 200, content: bytes, headers: own };
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    return { status: 206, content: bytes.subarray(Number(from)), headers: { ...own, 'content-range': range } };
  }

  private keep(name: string, bytes: Buffer, headers: IncomingMessage['headers']): void {
    const about = Object.entries(headers).filter(([header]) => header.startsWith('x-amz-meta-'));
    this.objects.set(name, {
      bytes,
      type: headers['content-type'] ?? 'application/octet-stream',
      about: Object.fromEntries(about.map(([header, value]) => [header, String(value)])),
      at: new Date(),
    });
  }

  /** An object of more than 16 MB comes in parts, which are joined by their numbers. */
  private inParts({ method, headers }: Asked, name: string, query: URLSearchParams, body: Buffer): Answer {
    if (method === 'POST' && query.has('uploads')) {
      const id = randomUUID();
      this.parts.set(id, new Map());
      // What is said of the object is said now.
      this.keep(`${id}/`, Buffer.alloc(0), headers);
      return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    const id = query.get('uploadId') ?? '';
    const parts = this.parts.get(id);
    const begun = this.objects.get(`${id}/`);
    if (parts === undefined || begun === undefined) return errorOf('NoSuchUpload', name);
    if (method === 'PUT') {
      parts.set(Number(query.get('partNumber')), body);
      return { status: 200, headers: { etag: etagOf(body) } };
    }
    this.objects.delete(`${id}/`);
    this.parts.delete(id);
    if (method === 'DELETE') return { status: 204 };
    begun.bytes = Buffer.concat([...parts].toSorted(([a], [b]) => a - b).map(([, bytes]) => bytes));
    this.objects.set(name, begun);
    return xml(
      `<CompleteMultipartUploadResult><ETag>${escaped(etagOf(begun.bytes))}</ETag></CompleteMultipartUploadResult>`,
    );
  }

  private list(bucket: string, query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? '';
    const written = (key: string) => (query.get('encoding-type') === 'url' ? encodeURIComponent(key) : escaped(key));
    const rows = [...this.objects]
      .filter(([name]) => name.startsWith(`${bucket}/${prefix}`))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, { bytes, at }]) =>
          `<Contents><Key>${written(name.slice(bucket.length + 1))}</Key><LastModified>${at.toISOString()}</LastModified><ETag>${escaped(etagOf(bytes))}</ETag><Size>${bytes.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
      );
    return `<ListBucketResult><Name>${bucket}</Name><Prefix>${written(prefix)}</Prefix><KeyCount>${rows.length}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>${rows.join('')}</ListBucketResult>`;
  }
}

const errors = {
  AccessDenied: [403, 'Access Denied'],
  InvalidAccessKeyId: [403, 'The AWS Access Key Id you provided does not exist in our records.'],
  SignatureDoesNotMatch: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchUpload: [404, 'The specified multipart upload does not exist.'],
  NotImplemented: [501, 'A header you provided implies functionality that is not implemented.'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

interface Answer {
  readonly status: number;
  readonly content?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const xml = (text: string, status = 200): Answer => ({
  status,
  content: `<?xml version="1.0" encoding="UTF-8"?>${text}`,
  headers: { 'content-type': 'application/xml' },
});
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function errorOf(code: keyof typeof errors, path: string): Answer {
  const [status, message] = errors[code];
  return xml(
    `<Error><Code>${code}</Code><Message>${message}</Message><Resource>${escaped(path)}</Resource></Error>`,
    status,
  );
}

const etagOf = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`;
const hashed = (text: string) => createHash('sha256').update(text).digest('hex');

/** What a request has for a body; one that is streamed has its length before each piece (aws-chunked). */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  return String(request.headers['x-amz-content-sha256']).startsWith('STREAMING-') ? withoutLengths(all) : all;
}

/** `LENGTH[;chunk-signature=…]`, the piece, and so on until a length of nothing, behind which checksums may stand. */
export function withoutLengths(all: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = all.indexOf('\r\n', at);
    const length = end < 0 ? 0 : Number.parseInt(all.toString('latin1', at, end), 16);
    if (!(length > 0)) return Buffer.concat(pieces);
    pieces.push(all.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}

/** Why a request is not taken: nobody signed it, or with another key. */
export function refusalOf(
  asked: Asked,
  { accessKey, secretKey }: S3Keys,
): 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' | undefined {
  const said = /^AWS4-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
    asked.headers.authorization ?? '',
  );
  if (said === null) return 'AccessDenied';
  const [, credential = '', signed = '', signature = ''] = said;
  const [key, ...scope] = credential.split('/');
  if (key !== accessKey) return 'InvalidAccessKeyId';
  const one = (name: string) => String(asked.headers[name] ?? '');
  const query = asked.rawQuery.split('&').filter(Boolean);
  const canonical = [
    asked.method,
    asked.rawPath,
    query
      .map((each) => (each.includes('=') ? each : `${each}=`))
      .toSorted()
      .join('&'),
    ...signed.split(';').map((name) => `${name}:${one(name).trim().replace(/ +/g, ' ')}`),
    '',
    signed,
    one('x-amz-content-sha256'),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', one('x-amz-date'), scope.join('/'), hashed(canonical)].join('\n');
  const secret = scope.reduce<Buffer>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    Buffer.from(`AWS4${secretKey}`),
  );
  const ours = createHmac('sha256', secret).update(toSign).digest();
  return timingSafeEqual(ours, Buffer.from(signature, 'hex')) ? undefined : 'SignatureDoesNotMatch';
}

import { open } from 'node:fs/promises';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

/*
 * What the line and the server can do: a file goes there in parts of 8 MiB, or comes back, four at a time.
 * node raw-transfer.ts PUT|GET ENDPOINT BUCKET FILE
 */

const PART = 8 * 1024 ** 2;
const AT_ONCE = 4;

async function main([verb, endpoint = '', bucket = '', path = '']: string[]): Promise<void> {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const file = await open(path);
  const { size } = await file.stat();
  const parts = Array.from({ length: Math.ceil(size / PART) }, (_, part) => part).values();
  const at = (part: number) => ({ Bucket: bucket, Key: `limit/${part}` });
  const put = async (part: number) => {
    const bytes = Buffer.allocUnsafe(Math.min(PART, size - part * PART));
    await file.read(bytes, 0, bytes.length, part * PART);
    await client.send(new PutObjectCommand({ ...at(part), Body: bytes }));
  };
  const get = async (part: number) => {
    const { Body } = await client.send(new GetObjectCommand(at(part)));
    for await (const _ of Body as AsyncIterable<Uint8Array>);
  };
  const work = async () => {
    for (const part of parts) await (verb === 'PUT' ? put : get)(part);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await file.close();
  client.destroy();
}

await main(process.argv.slice(2));

import { s3Store } from '../../src/store/s3.ts';
import { storeContract } from '../contract/store.ts';
import { s3Server } from '../fixtures/s3-server.ts';

for (const name of ['minio', 'versitygw'] as const) {
  storeContract(
    `the S3 store on ${name}`,
    async () => {
      const server = await s3Server(name);
      const bucket = await server.bucket('contract');
      return s3Store({ location: server.location(bucket, 'some/prefix'), env: server.env });
    },
    { runs: 10 },
  );
}

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a server on this machine on which everything takes `latency` / 2 milliseconds longer in each direction. */
export interface SlowLine {
  port: number;
  close(): void;
}

/** As much as may be under way on one connection in one direction, bytes: a sender does not run ahead of the line for ever. */
const MOST_UNDER_WAY = 16 * 1024 * 1024;

export async function slowLine(port: number, latency: number): Promise<SlowLine> {
  const open = new Set<Socket>();
  const proxy = createServer({ noDelay: true }, (client) => {
    const server = connect({ port, host: '127.0.0.1', noDelay: true });
    later(client, server, latency / 2);
    later(server, client, latency / 2);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    }
  });
  const close = () => {
    proxy.close();
    for (const socket of open) socket.destroy();
  };
  return { port: await listening(proxy), close };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function later(from: Socket, to: Socket, delay: number): void {
  let underWay = 0;
  from.on('data', (bytes: Buffer) => {
    underWay += bytes.length;
    if (underWay > MOST_UNDER_WAY) from.pause();
    setTimeout(() => {
      underWay -= bytes.length;
      to.write(bytes);
      from.resume();
    }, delay);
  });
  from.on('end', () => void setTimeout(() => to.end(), delay));
  from.on('error', () => to.destroy());
  from.on('close', () => void setTimeout(() => to.destroy(), delay * 2));
}

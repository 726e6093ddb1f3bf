// Connections that never end their request: a byte every nine seconds, from addresses of this machine. One that the server
// closes is opened anew. Says `ready` when all are there.
import { connect } from 'node:net';

const port = Number(process.argv[2]);
const wanted = Number(process.argv[3]);
const ADDRESSES = 50;
const SECOND = 1_000;
const DRIP = 9 * SECOND;
/**
 * As long as the server keeps one: they end as evenly as they were opened. All within a second came back as a wave every
 * five, and what was measured was how fast the server makes connections.
 */
const OPENED_WITHIN = Number(process.argv[4] ?? 5 * SECOND);

let open = 0;
let isReady = false;

function dial(at: number): void {
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.1.${(at % ADDRESSES) + 1}` });
  const drip = setInterval(() => socket.write('x'), DRIP);
  socket.on('connect', () => {
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    open += 1;
    if (open < wanted || isReady) return;
    isReady = true;
    process.stdout.write('ready\n');
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    clearInterval(drip);
    open -= 1;
    // Spread, or all would come back at once.
    setTimeout(() => dial(at), (at % 100) * 10);
  });
}

for (let at = 0; at < wanted; at++) setTimeout(() => dial(at), (at / wanted) * OPENED_WITHIN);

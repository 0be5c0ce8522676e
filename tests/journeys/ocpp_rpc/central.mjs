// A central system made of the ocpp-rpc package in strict mode: takes everybody in, answers plainly, tells what it saw.
import { createInterface } from 'node:readline';
import { RPCServer } from 'ocpp-rpc';

const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const clients = new Map();
const now = () => new Date().toISOString();
let nextTransaction = 100;

const answers = {
  'ocpp1.6': {
    Authorize: () => ({ idTagInfo: { status: 'Accepted' } }),
    BootNotification: () => ({ status: 'Accepted', currentTime: now(), interval: 300 }),
    Heartbeat: () => ({ currentTime: now() }),
    StartTransaction: () => ({ transactionId: nextTransaction++, idTagInfo: { status: 'Accepted' } }),
  },
  'ocpp2.0.1': {
    Authorize: () => ({ idTokenInfo: { status: 'Accepted' } }),
    BootNotification: () => ({ status: 'Accepted', currentTime: now(), interval: 300 }),
    Heartbeat: () => ({ currentTime: now() }),
    NotifyEVChargingNeeds: () => ({ status: 'Processing' }),
    TransactionEvent: ({ idToken }) => (idToken ? { idTokenInfo: { status: 'Accepted' } } : {}),
  },
};

const server = new RPCServer({ protocols: Object.keys(answers), strictMode: true });
server.auth((accept) => accept());
server.on('client', (client) => {
  clients.set(client.identity, client);
  client.on('strictValidationFailure', ({ error }) => tell({ strictFailure: String(error), from: client.identity }));
  client.on('badMessage', ({ error }) => tell({ badMessage: String(error), from: client.identity }));
  client.handle(({ method, params }) => {
    tell({ from: client.identity, action: method, payload: params });
    return answers[client.protocol][method]?.(params) ?? {};
  });
});

const http = await server.listen(0, '127.0.0.1');
tell({ listening: http.address().port });
for await (const line of createInterface({ input: process.stdin })) {
  const { to, call, payload } = JSON.parse(line);
  try {
    tell({ to, result: await clients.get(to).call(call, payload) });
  } catch (error) {
    tell({ to, error: error.rpcErrorCode ?? String(error), description: String(error.message) });
  }
}
await server.close({ force: true });

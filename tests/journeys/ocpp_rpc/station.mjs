// A station made of the ocpp-rpc package in strict mode. Commands come as JSON lines, what happens goes out as such.
import { createInterface } from 'node:readline';
import { RPCClient } from 'ocpp-rpc';

const [endpoint, identity, protocol] = process.argv.slice(2);
const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const replies = new Map();

const station = new RPCClient({
  endpoint,
  identity,
  protocols: [protocol],
  strictMode: true,
  reconnect: false,
});
station.on('strictValidationFailure', ({ error, messageId }) => tell({ strictFailure: String(error), messageId }));
station.on('badMessage', ({ error }) => tell({ badMessage: String(error) }));
station.handle(({ method, params }) => {
  tell({ order: method, params });
  if (!replies.has(method)) throw new Error(`no reply to ${method} was agreed on`);
  return replies.get(method);
});

await station.connect();
tell({ connected: station.protocol });
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.reply) {
    replies.set(command.reply, command.payload);
    tell({ agreed: command.reply });
  } else {
    try {
      tell({ result: await station.call(command.call, command.payload) });
    } catch (error) {
      tell({ error: error.rpcErrorCode ?? String(error), description: String(error.message) });
    }
  }
}
await station.close();

// Drives a server by the official client of graphql-transport-ws (npm `graphql-ws`), as a web app does.
//
//     node client.mjs URL TOKEN
//
// Prints one line for each thing that is looked at, and exits with 1 where one does not hold.

import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

// The packages are looked up from the working directory, where the caller has installed them.
const require = createRequire(join(process.cwd(), "client.cjs"));
const { createClient } = require("graphql-ws");
const webSocketImpl = require("ws");
const [url, token] = process.argv.slice(2);

function look(what, holds) {
  console.log(`${holds ? "ok  " : "FAIL"} ${what}`);
  if (!holds) process.exitCode = 1;
}

const closed = deferred();
const pong = deferred();
const client = createClient({
  url,
  webSocketImpl,
  retryAttempts: 0,
  keepAlive: 50,
  connectionParams: { Authorization: `Bearer ${token}` },
  on: { closed: (event) => closed.resolve(event.code), pong: () => pong.resolve() },
});

function deferred() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}

async function all(payload) {
  const results = [];
  for await (const result of client.iterate(payload)) results.push(result);
  return results;
}

const live = client.iterate({ query: "subscription { events { cursor } }" });
const waits = live.next();
await pong.promise;
look("pings are answered while a subscription waits", true);

const viewer = await all({ query: "{ viewer { subject } }" });
look("a query has one result and completes", viewer.length === 1 && viewer[0].data.viewer.subject !== "");

const refused = await all({ query: "{ nothing }" }).catch((errors) => errors);
look("a document that is not executed is an error", refused[0]?.extensions?.code !== undefined);

const named = await all({ query: "query A { __typename } query B { viewer { subject } }", operationName: "A" });
look("an operation is chosen by its name", named[0]?.data?.__typename !== undefined);

const many = await Promise.all(Array.from({ length: 20 }, () => all({ query: "{ __typename }" })));
look("twenty operations side by side", many.every((results) => results.length === 1));

await live.return();
look("a subscription ends when it is let go", (await waits).done === true);

await client.dispose();
look("the client closes normally", (await closed.promise) === 1000);

const stranger = createClient({ url, webSocketImpl, retryAttempts: 0, connectionParams: { Authorization: "Bearer x" } });
const why = await new Promise((resolve) =>
  stranger.subscribe({ query: "{ __typename }" }, { next() {}, complete() {}, error: resolve }),
);
look("a bad token is refused with 4403", why.code === 4403);
process.exit();

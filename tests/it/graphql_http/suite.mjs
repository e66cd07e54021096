// Runs the public suite for servers of GraphQL over HTTP (npm `graphql-http`) against a server that asks for a token.
//
//     node suite.mjs URL TOKEN
//
// The suite sends no token: each of its requests gets one on the way, and nothing else about it is changed. Prints one line an
// audit, MUST, SHOULD and MAY alike, and exits with 1 where any does not hold.

import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

// The package is looked up from the working directory, where the caller has installed it.
const { serverAudits } = createRequire(join(process.cwd(), "suite.cjs"))("graphql-http");
const [url, token] = process.argv.slice(2);

function fetchFn(address, options = {}) {
  return fetch(address, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });
}

let holds = true;
for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  console.log(status === "ok" ? `ok   ${id} ${name}` : `FAIL ${id} ${name}: ${reason}`);
  holds &&= status === "ok";
}
process.exit(holds ? 0 : 1);

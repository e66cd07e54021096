// Drives the simulated Twilio with Twilio's official Node helper library (npm `twilio`).
//
//     node check.mjs BASE_URL ACCOUNT_SID AUTH_TOKEN
//
// As check.py, shorter: BASE_URL is the simulator's address without a product; the account needs three phone numbers at least.
// Prints one line a check and exits with 1 at the first that fails.

import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

// The library is looked up from the working directory, where the caller has installed it.
const twilio = createRequire(join(process.cwd(), "check.cjs"))("twilio");
const [baseUrl, accountSid, authToken] = process.argv.slice(2);

// Sends https://{product}.twilio.com/path to BASE_URL/{product}/path.
class OtherHost extends twilio.RequestClient {
  request(options) {
    const url = new URL(options.uri);
    const product = url.hostname.replace(/\.twilio\.com$/, "");
    return super.request({ ...options, uri: `${baseUrl}/${product}${url.pathname}${url.search}` });
  }
}

function check(what, holds) {
  console.log(`${holds ? "ok  " : "FAIL"} ${what}`);
  if (!holds) process.exit(1);
}

async function refusedWith(asked) {
  try {
    await asked;
    return undefined;
  } catch (refusal) {
    return refusal.code;
  }
}

const client = twilio(accountSid, authToken, { httpClient: new OtherHost() });
const account = await client.api.v2010.accounts(accountSid).fetch();
check("the account is fetched", account.sid === accountSid && account.status === "active");
check("the balance has a currency", (await client.balance.fetch()).currency.length === 3);

const numbers = await client.incomingPhoneNumbers.list({ pageSize: 2 });
check("numbers are listed over several pages", new Set(numbers.map((number) => number.sid)).size === numbers.length && numbers.length > 2);
const [number] = numbers;
const updated = await client.incomingPhoneNumbers(number.sid).update({ voiceUrl: "https://agent.example/voice?a=1" });
check("a number is updated", updated.voiceUrl === "https://agent.example/voice?a=1");

const order = { to: "+14155550199", from: number.phoneNumber, twiml: "<Response/>" };
const call = await client.calls.create(order);
check("a call is created", call.sid.startsWith("CA") && call.status === "queued");
check("a call is fetched", (await client.calls(call.sid).fetch()).to === order.to);
check("calls are listed", (await client.calls.list({ to: order.to, limit: 20 })).some((listed) => listed.sid === call.sid));
check("a bad number is 21211", (await refusedWith(client.calls.create({ ...order, to: "5" }))) === 21211);
const stranger = twilio(accountSid, "0".repeat(32), { httpClient: new OtherHost() });
check("a wrong token is 20003", (await refusedWith(stranger.balance.fetch())) === 20003);

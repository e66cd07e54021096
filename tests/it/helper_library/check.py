"""Drives the simulated Twilio with Twilio's official Python helper library (PyPI `twilio`, 9.x).

    python check.py BASE_URL ACCOUNT_SID AUTH_TOKEN

BASE_URL is the simulator's address without a product, for example http://127.0.0.1:8081. The account needs three phone numbers at
least; the first one is changed and called. Nothing of the library is changed but the host of its requests.

Prints one line a check and exits with 1 at the first that fails.
"""

import http.server
import json
import sys
import threading
import urllib.parse
import urllib.request

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

base_url, account_sid, auth_token = sys.argv[1:4]


class OtherHost(TwilioHttpClient):
    """Sends `https://{product}.twilio.com/path` to `BASE_URL/{product}/path`."""

    def request(self, method, url, *args, **kwargs):
        parts = urllib.parse.urlsplit(url)
        product = parts.hostname.removesuffix(".twilio.com")
        query = f"?{parts.query}" if parts.query else ""
        return super().request(method, f"{base_url}/{product}{parts.path}{query}", *args, **kwargs)


def check(what, holds):
    print(("ok   " if holds else "FAIL ") + what, flush=True)
    if not holds:
        sys.exit(1)


def refused_with(ask):
    """The HTTP status and code of the library's own exception, or None when nothing was refused."""
    try:
        ask()
    except TwilioRestException as refusal:
        return refusal.status, refusal.code
    return None


client = Client(account_sid, auth_token, http_client=OtherHost())

account = client.api.v2010.accounts(account_sid).fetch()
check("the account is fetched", account.sid == account_sid and account.status == "active")
check("dates are read", account.date_created.year >= 2000)
check("the account is listed", account_sid in [listed.sid for listed in client.api.v2010.accounts.list()])
check("the balance is a decimal and a currency", float(client.balance.fetch().balance) >= 0 and client.balance.fetch().currency)

numbers = client.incoming_phone_numbers.list(page_size=2)
check("numbers are listed over several pages", len(numbers) > 2)
check("no number is listed twice", len({number.sid for number in numbers}) == len(numbers))
number = numbers[0]
found = client.incoming_phone_numbers.list(phone_number=number.phone_number)
check("a number is found by its digits", [hit.sid for hit in found] == [number.sid])
check("capabilities are read", number.capabilities["voice"] is True)

updated = number.update(voice_url="https://agent.example/voice?a=1", voice_method="POST", friendly_name="Helper & co")
check("a number is updated", updated.voice_url == "https://agent.example/voice?a=1" and updated.friendly_name == "Helper & co")
fetched = client.incoming_phone_numbers(number.sid).fetch()
check("the update stays", fetched.voice_url == updated.voice_url)
check("an empty value clears", number.update(voice_url="").voice_url in ("", None))
check("a fallback without a URL is 21405", refused_with(lambda: number.update(voice_fallback_url="https://agent.example/f")) == (400, 21405))

call = client.calls.create(
    to="+14155550199",
    from_=number.phone_number,
    twiml="<Response><Say>Hello</Say></Response>",
    status_callback_event=["initiated", "completed"],
)
check("a call is created", call.sid.startswith("CA") and call.status == "queued")
check("a call is fetched", client.calls(call.sid).fetch().to == "+14155550199")
check("calls are listed", call.sid in [listed.sid for listed in client.calls.list(to="+14155550199", limit=20)])
check("caller ids are listed", isinstance(client.outgoing_caller_ids.list(), list))

check("a bad number is 21211", refused_with(lambda: client.calls.create(to="5", from_=number.phone_number, twiml="<Response/>")) == (400, 21211))
check("an unknown SID is 20404", refused_with(lambda: client.calls("CA" + "0" * 32).fetch()) == (404, 20404))
stranger = Client(account_sid, "0" * 32, http_client=OtherHost())
check("a wrong token is 20003", refused_with(lambda: stranger.api.v2010.accounts(account_sid).fetch()) == (401, 20003))



class Webhook(http.server.BaseHTTPRequestHandler):
    """Keeps the URL, signature and form of the last webhook, and answers with empty TwiML."""

    last = None
    arrived = threading.Event()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        Webhook.last = (f"http://{self.headers['Host']}{self.path}", form, self.headers["X-Twilio-Signature"])
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        self.wfile.write(b"<Response/>")
        Webhook.arrived.set()

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Webhook)
threading.Thread(target=server.serve_forever, daemon=True).start()
number.update(voice_url=f"http://127.0.0.1:{server.server_port}/voice?ref=a%20b")
ring = json.dumps({"from": "+14155550199", "to": number.phone_number}).encode()
urllib.request.urlopen(urllib.request.Request(f"{base_url}/_sim/ring", ring, {"Content-Type": "application/json"}))
check("a call asks for TwiML", Webhook.arrived.wait(timeout=20))
url, form, signature = Webhook.last
check("its signature is valid", RequestValidator(auth_token).validate(url, form, signature))
check("a forged one is not", not RequestValidator(auth_token).validate(url, form | {"From": "+14155550198"}, signature))

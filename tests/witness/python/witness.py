"""Every direct-debit, e-wallet, token and status operation of DOKU's library for Python, against the simulator.

Writes one JSON object per operation to the file named by RESULTS; the library itself prints what fails, so that
nothing it prints is kept.
"""

import json
import os
import urllib.request
from datetime import datetime, timedelta, timezone
from importlib.metadata import requires

from doku_python_library.src.commons import config
from doku_python_library.src.model.direct_debit import (
    AccountBindingAdditionalInfoRequest,
    AccountBindingRequest,
    AccountUnbindingAdditionalInfoRequest,
    AccountUnbindingRequest,
    BalanceInquiryAdditionalInfo,
    BalanceInquiryRequest,
    BankCardData,
    CardRegistrationAdditionalInfo,
    CardRegistrationRequest,
    CardUnbindingRequest,
    CheckStatusAdditionalInfoRequest,
    CheckStatusRequest,
    LineItems,
    PaymentAdditionalInfoRequest,
    PaymentJumpAppAdditionalInfo,
    PaymentJumpAppRequest,
    PaymentRequest,
    PayOptionDetail,
    RefundAdditionalInfo,
    RefundRequest,
    UrlParam,
)
from doku_python_library.src.model.va.total_amount import TotalAmount
from doku_python_library.src.snap import DokuSNAP

DOKU_URL = os.environ["DOKU_URL"]
config._Development.BASE_URL = DOKU_URL
IP = "203.0.113.10"
DEVICE = "0123456789abcdef"
AMOUNT = "10000.00"
BACK = "https://merchant.example.com/"


def read(variable):
    with open(os.environ[variable], encoding="utf-8") as file:
        return file.read()


def admin(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{DOKU_URL}/admin/{path}", data=data)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        return json.load(error)


def note(operation, ok, detail, refused=0):
    with open(os.environ["RESULTS"], "a", encoding="utf-8") as results:
        result = {"operation": operation, "ok": ok, "detail": detail, "refused": refused}
        results.write(json.dumps(result) + "\n")


def step(operation, act):
    """Runs one operation and judges it by the library's answer and by what the simulator accepted."""
    before = len(admin("calls"))
    answer = None
    try:
        answer = act()
        code = str(answer.response_code)
        detail = f"{code} {answer.response_message}"
    except Exception as error:  # noqa: BLE001 -- whatever the library raises is its answer
        code, detail = "", f"{type(error).__name__}: {error}"
    calls = admin("calls")[before:]
    refused = sum(not call["accepted"] for call in calls)
    ok = code.startswith("200") and bool(calls) and not refused
    note(operation, ok, detail, refused)
    return answer if ok else None


def new_snap():
    return DokuSNAP(
        private_key=read("PRIVATE_KEY_FILE"),
        client_id=os.environ["CLIENT_ID"],
        is_production=False,
        public_key="",
        issuer="witness",
        secret_key=read("SECRET_FILE").strip(),
        merchant_public_key="",
    )


def payment(channel, reference, method=None, items=False):
    lines = [LineItems("Vitamin C", AMOUNT, "1").json()] if items else None
    options = [PayOptionDetail(method, TotalAmount(AMOUNT), TotalAmount("0.00")).json()] if method else None
    info = PaymentAdditionalInfoRequest(
        channel=channel,
        remarks="Order 1",
        success_payment_url=BACK + "ok",
        failed_payment_url=BACK + "failed",
        line_items=lines,
    )
    return PaymentRequest(reference, TotalAmount(AMOUNT), info, pay_option_detail=options)


def pay_check_refund(snap, name, channel, reference, number, code, pay):
    request = payment(channel, reference, **pay)
    step(f"payment {name}", lambda: snap.do_payment(request, IP, code))
    admin(f"payments/{reference}/approve?channel={channel}", {})
    check(snap, name, channel, reference)
    give_back(snap, name, channel, reference, number, code)


def check(snap, name, channel, reference):
    request = CheckStatusRequest(
        "55",
        original_partner_reference_no=reference,
        additional_info=CheckStatusAdditionalInfoRequest(channel=channel),
    )
    step(f"status {name}", lambda: snap.do_check_status(request))


def give_back(snap, name, channel, reference, number, code):
    request = RefundRequest(
        reference, TotalAmount("4000.00"), number, RefundAdditionalInfo(channel), reason="Item returned"
    )
    step(f"refund {name}", lambda: snap.do_refund(request, IP, code, DEVICE))


def unbinding(channel):
    return AccountUnbindingAdditionalInfoRequest(channel)


def account(name, channel, reference, number, pay, device=False, balance=False):
    snap = new_snap()
    details = {"device_model": "Pixel 9", "os_type": "android", "channel_id": "app"} if device else {}
    info = AccountBindingAdditionalInfoRequest(
        channel, BACK + "ok", BACK + "failed", cust_id_merchant=f"cust-{name}", email="siti@example.com", **details
    )
    request = AccountBindingRequest("6281200000000", info)
    bound = step(f"account binding {name}", lambda: snap.do_account_binding(request, DEVICE, IP))
    code = bound.additional_info["authCode"] if bound else ""
    admin(f"bindings/{code}/approve", {})
    step(f"token B2B2C {name}", lambda: snap.get_token_b2b2c(code))
    pay_check_refund(snap, name, channel, reference, number, code, pay)
    if balance:
        inquiry = BalanceInquiryRequest(BalanceInquiryAdditionalInfo(channel))
        step(f"balance {name}", lambda: snap.do_balance_inquiry(inquiry, IP, code))
    end = AccountUnbindingRequest(snap.token_b2b2c, unbinding(channel))
    step(f"account unbinding {name}", lambda: snap.do_account_unbinding(end, IP))


def card(name, channel):
    snap = new_snap()
    data = BankCardData("5221840000001234", "D", "1228")
    info = CardRegistrationAdditionalInfo(channel, BACK + "ok", BACK + "failed", customer_name="Siti Aminah")
    request = CardRegistrationRequest(data, f"cust{name}", info, "6281200000000")
    bound = step(f"card registration {name}", lambda: snap.do_card_registration(request, "DH"))
    code = bound.additional_info["authCode"] if bound else ""
    admin(f"bindings/{code}/approve", {})
    step(f"token B2B2C {name}", lambda: snap.get_token_b2b2c(code))
    pay_check_refund(snap, name, channel, "INV-CARD", "RFD-CARD", code, {})
    end = CardUnbindingRequest(snap.token_b2b2c, unbinding(channel))
    step(f"card unbinding {name}", lambda: snap.do_card_unbinding(end, IP))


def wallet(name, channel, reference):
    snap = new_snap()
    until = datetime.now(timezone.utc) + timedelta(hours=1)
    request = PaymentJumpAppRequest(
        reference,
        [UrlParam(BACK + "return", "PAY_RETURN", "N")],
        TotalAmount(AMOUNT),
        PaymentJumpAppAdditionalInfo(channel, order_title="Order 1" if "DANA" in channel else None),
        valid_up_to=until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        point_of_initiation="app",
    )
    step(f"payment {name}", lambda: snap.do_payment_jump_app(request, DEVICE, IP))
    admin(f"payments/{reference}/approve?channel={channel}", {})
    check(snap, name, channel, reference)
    give_back(snap, name, channel, reference, "RFD-1", None)


def main():
    declared = " ".join(requires("doku_python_library") or []).lower()
    missing = [name for name in ("flask", "pycryptodome", "xmltodict") if name not in declared]
    note("packaging: declares what it imports", not missing, f"not declared: {', '.join(missing)}")
    step("token B2B", lambda: new_snap().get_token())
    account("CIMB", "DIRECT_DEBIT_CIMB_SNAP", "INV-CIMB", "RFD-CIMB", {})
    account(
        "Allo",
        "DIRECT_DEBIT_ALLO_SNAP",
        "INV-ALLO".ljust(32, "0"),
        "RFD-ALLO".ljust(32, "0"),
        {"method": "BALANCE", "items": True},
        device=True,
        balance=True,
    )
    account("OVO", "EMONEY_OVO_SNAP", "INV-OVO", "RFD-OVO", {"method": "CASH"}, balance=True)
    card("BRI", "DIRECT_DEBIT_BRI_SNAP")
    card("Mandiri", "DIRECT_DEBIT_MANDIRI_SNAP")
    wallet("DANA", "EMONEY_DANA_SNAP", "INV-DANA")
    wallet("ShopeePay", "EMONEY_SHOPEE_PAY_SNAP", "INV-SHOPEE")


main()

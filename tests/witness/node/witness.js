// Every direct-debit, e-wallet, token and status operation of DOKU's library for Node.js, against the
// simulator. Writes one JSON object per operation to the file named by RESULTS; the library itself prints
// tokens and bodies, so that nothing it prints is kept.
"use strict";

const fs = require("fs");
const Config = require("doku-nodejs-library/_commons/config");
const { Snap } = require("doku-nodejs-library");
const model = (name) => require(`doku-nodejs-library/_models/${name}`);
const BindingRequest = model("accountBindingRequestDTO");
const BindingInfo = model("accountBindingAdditionalInfoRequestDTO");
const Unbinding = model("accountUnbindingRequestDTO");
const BalanceRequest = model("balanceInquiryRequestDTO");
const BalanceInfo = model("balanceInquiryAdditionalInfoRequestDTO");
const CardRequest = model("cardRegistrationRequestDTO");
const CardUnbindRequest = model("cardUnregistUnbindRequestDTO");
const StatusRequest = model("checkStatusDirectDebitRequestDTO");
const JumpRequest = model("paymentJumpAppRequestDTO");
const Payment = model("paymentRequestDirectDebitDTO");
const RefundRequest = model("refundRequestDTO");

const { DOKU_URL, RESULTS, CLIENT_ID, SECRET_FILE, PRIVATE_KEY_FILE } = process.env;
Config.CORE_SANDBOX_BASE_URL = DOKU_URL;
const IP = "203.0.113.10";
const DEVICE = "0123456789abcdef";
const AMOUNT = "10000.00";
const BACK = "https://merchant.example.com/";
const refundNo = (n) => `RFD-${n}`.padEnd(32, "0");

const admin = async (path, body) => {
  const options = body && { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(`${DOKU_URL}/admin/${path}`, options);
  return response.json();
};

// Runs one operation and judges it by the library's answer and by what the simulator accepted.
const step = async (operation, act) => {
  let answer;
  let detail;
  const before = (await admin("calls")).length;
  try {
    answer = await act();
    answer = answer?.data ?? answer;
    detail = `${answer?.responseCode} ${answer?.responseMessage}`;
  } catch (error) {
    detail = JSON.stringify(error.response?.data) ?? error.message;
  }
  const calls = (await admin("calls")).slice(before);
  const accepted = calls.length > 0 && calls.every((call) => call.accepted);
  const ok = accepted && (/^200/.test(answer?.responseCode) || Boolean(answer?.accessToken));
  const refused = calls.filter((call) => !call.accepted).length;
  fs.appendFileSync(RESULTS, JSON.stringify({ operation, ok, detail, refused }) + "\n");
  return ok ? answer : undefined;
};

// The constructor buys a token without waiting for it; a second one at once might void it.
const newSnap = async () => {
  const snap = new Snap({
    isProduction: false,
    privateKey: fs.readFileSync(PRIVATE_KEY_FILE, "utf8"),
    clientID: CLIENT_ID,
    publicKey: "",
    dokuPublicKey: "",
    issuer: "witness",
    secretKey: fs.readFileSync(SECRET_FILE, "utf8").trim(),
  });
  for (let turn = 0; turn < 100 && !snap.tokenB2B; turn++) {
    await new Promise((done) => setTimeout(done, 50));
  }
  return snap;
};

const money = () => new Payment.TotalAmountDto(AMOUNT, "IDR");
const payment = (channel, reference, { method, items } = {}) => {
  const options = method
    ? [{ payMethod: method, transAmount: money(), feeAmount: new Payment.TotalAmountDto("0.00", "IDR") }]
    : [];
  const lines = items ? [{ name: "Vitamin C", price: AMOUNT, quantity: "1" }] : [];
  const info = new Payment.PaymentAdditionalInfoRequestDto(channel, "Order 1", BACK + "ok", BACK + "failed", lines);
  return new Payment.PaymentRequestDto(reference, money(), options, info);
};
const status = (channel, reference) =>
  new StatusRequest(reference, undefined, undefined, "55", undefined, undefined, undefined, undefined, undefined, {
    channel,
  });
const refund = (channel, reference, number) =>
  new RefundRequest(reference, { value: "4000.00", currency: "IDR" }, number, undefined, "Item returned", { channel });
const approve = (reference, channel) => admin(`payments/${reference}/approve?channel=${channel}`, {});

// An account, from the binding to the unbinding.
const account = async (name, channel, { device, reference, number, pay, balance }) => {
  const snap = await newSnap();
  const details = device ? ["Pixel 9", "android", "app"] : [];
  const info = new BindingInfo(
    channel, `cust-${name}`, "Siti Aminah", "siti@example.com", undefined, "Indonesia", undefined, "19990101",
    BACK + "bind/ok", BACK + "bind/failed", ...details,
  );
  const bound = await step(`account binding ${name}`, () =>
    snap.doAccountBinding(new BindingRequest("6281200000000", info), IP, DEVICE));
  const code = bound?.additionalInfo.authCode;
  await admin(`bindings/${code}/approve`, {});
  await step(`token B2B2C ${name}`, () => snap.getTokenB2B2c(code));
  await payCheckRefund(snap, name, channel, { reference, number, pay, code });
  if (balance) {
    const request = new BalanceRequest(new BalanceInfo(channel));
    await step(`balance ${name}`, () => snap.doBalanceInquiry(request, code, IP));
  }
  const unbind = new Unbinding.AccountUnbindingRequestDto(
    snap.tokenB2b2c, new Unbinding.AccountUnbindingAdditionalInfo(channel));
  await step(`account unbinding ${name}`, () => snap.doAccountUnbinding(unbind, IP));
};

// Payment, status and refund of something linked.
const payCheckRefund = async (snap, name, channel, { reference, number, pay, code }) => {
  await step(`payment ${name}`, () => snap.doPayment(payment(channel, reference, pay), code, IP, DEVICE));
  await approve(reference, channel);
  await step(`status ${name}`, () => snap.doCheckStatus(status(channel, reference)));
  await step(`refund ${name}`, () => snap.doRefund(refund(channel, reference, number), code, IP, DEVICE));
};

const card = async (name, channel) => {
  const snap = await newSnap();
  const data = { bankCardNo: "5221840000001234", bankCardType: "D", expiryDate: "1228" };
  const info = {
    channel, customerName: "Siti Aminah", successRegistrationUrl: BACK + "ok", failedRegistrationUrl: BACK + "failed",
  };
  const request = new CardRequest(data, `cust${name}`, "6281200000000", info);
  let bound = await step(`card registration ${name}`, () => snap.doRegistrationCardBind(request));
  if (!bound) {
    // What the library refuses to send is sent without its check, so that the rest can be tried.
    request.validateCardRegistrationRequestDto = () => {};
    bound = (await snap.doRegistrationCardBind(request)).data;
  }
  const code = bound?.additionalInfo.authCode;
  await admin(`bindings/${code}/approve`, {});
  await step(`token B2B2C ${name}`, () => snap.getTokenB2B2c(code));
  await payCheckRefund(snap, name, channel, { reference: `INV-${name}`, number: `RFD-${name}`, pay: {}, code });
  const unbind = new CardUnbindRequest(snap.tokenB2b2c, { channel });
  await step(`card unbinding ${name}`, () => snap.doUnRegistCardUnBind(unbind));
};

const wallet = async (name, channel, reference) => {
  const snap = await newSnap();
  const until = new Date(Date.now() + 3600_000).toISOString().replace(/\.\d+Z/, "Z");
  const back = [{ url: BACK + "return", type: "PAY_RETURN", isDeepLink: "N" }];
  const info = channel.includes("DANA") ? { channel, orderTitle: "Order 1" } : { channel };
  const request = new JumpRequest(reference, { value: AMOUNT, currency: "IDR" }, back, until, "app", info);
  await step(`payment ${name}`, () => snap.doPaymentJumpApp(request, IP, DEVICE));
  await approve(reference, channel);
  await step(`status ${name}`, () => snap.doCheckStatus(status(channel, reference)));
  await step(`refund ${name}`, () => snap.doRefund(refund(channel, reference, "RFD-1"), undefined, IP, DEVICE));
};

const main = async () => {
  const snap = await newSnap();
  await step("token B2B", () => snap.getTokenB2B());
  await account("CIMB", "DIRECT_DEBIT_CIMB_SNAP", { reference: "INV-CIMB", number: "RFD-CIMB", pay: {} });
  await account("Allo", "DIRECT_DEBIT_ALLO_SNAP", {
    device: true, reference: "INV-ALLO".padEnd(32, "0"), number: refundNo("ALLO"), balance: true,
    pay: { method: "BALANCE", items: true },
  });
  await account("OVO", "EMONEY_OVO_SNAP", {
    reference: "INV-OVO", number: "RFD-OVO", pay: { method: "CASH" }, balance: true,
  });
  await card("BRI", "DIRECT_DEBIT_BRI_SNAP");
  await card("Mandiri", "DIRECT_DEBIT_MANDIRI_SNAP");
  await wallet("DANA", "EMONEY_DANA_SNAP", "INV-DANA");
  await wallet("ShopeePay", "EMONEY_SHOPEE_PAY_SNAP", "INV-SHOPEE");
};

// The constructor's token is nobody's promise: a rejection of it must not end the process.
process.on("unhandledRejection", () => {});
main().then(() => process.exit(0), (error) => {
  console.error(error.message);
  process.exit(1);
});

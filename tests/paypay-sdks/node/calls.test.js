'use strict';

// Every call of PayPay's integration guide, in its order, through PayPay's own Node SDK.

const assert = require('node:assert/strict');
const { beforeEach, describe, test } = require('node:test');

const customer = require('./customer');
const {
  ACCEPTED, CREATED, OK, apiSecret, assertAnswer, configure, id, merchant, sdk, yen,
} = require('./stand-in');

beforeEach(() => configure());

const ALREADY_CAPTURED = [400, 'ALREADY_CAPTURED', '00200039'];
const ALREADY_PAID = [400, 'DYNAMIC_QR_ALREADY_PAID', '01652074'];
const CODE_NOT_FOUND = [404, 'DYNAMIC_QR_NOT_FOUND', '01652072'];
const DUPLICATE_CODE = [400, 'DUPLICATE_DYNAMIC_QR_REQUEST', '01652073'];
const INVALID_USER = [401, 'INVALID_USER_AUTHORIZATION_ID', ''];
const NO_SUCH_REFUND = [404, 'NO_SUCH_REFUND_ORDER', '00200018'];
const NOT_CANCELABLE = [400, 'ORDER_NOT_CANCELABLE', '00200042'];
const NOT_REVERSIBLE = [400, 'ORDER_NOT_REVERSIBLE', '00200044'];
const PAYMENT_NOT_FOUND = [400, 'DYNAMIC_QR_PAYMENT_NOT_FOUND', '01652075'];
const SECOND_REFUND = [400, 'UNACCEPTABLE_OP', '00200014'];
const SIMILAR = [400, 'SUSPECTED_DUPLICATE_PAYMENT', '00200017'];
const TIMED_OUT = [500, 'INTERNAL_SERVER_ERROR', '00200034'];
const UNAUTHORIZED = [401, 'UNAUTHORIZED', '08100016'];

async function createCode(more = {}) {
  const merchantPaymentId = id('order');
  const payload = {
    merchantPaymentId,
    amount: yen(1200),
    codeType: 'ORDER_QR',
    orderDescription: 'ケーキ ☕',
    isAuthorization: false,
    redirectUrl: 'https://paypay.ne.jp/',
    redirectType: 'WEB_LINK',
    userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 10_3 like Mac OS X)',
    ...more,
  };
  const data = assertAnswer(await sdk.QRCodeCreate(payload), CREATED);
  assert.match(data.codeId, /^04-/);
  assert.equal(data.merchantPaymentId, merchantPaymentId);
  return { merchantPaymentId, payload, ...data };
}

async function paidCode(more) {
  const code = await createCode(more);
  await customer.pay(code.url);
  const status = more?.isAuthorization ? 'AUTHORIZED' : 'COMPLETED';
  const { paymentId } = await codeDetails(code, status);
  return { ...code, paymentId };
}

async function codeDetails(code, status) {
  return assertAnswer(await sdk.GetCodePaymentDetails([code.merchantPaymentId]), OK, status);
}

// A customer who consents to be charged, as the account-link page has it.
async function linkedCustomer() {
  const nonce = id('nonce');
  const referenceId = id('customer');
  const payload = {
    scopes: ['direct_debit'],
    nonce,
    redirectType: 'WEB_LINK',
    redirectUrl: 'https://merchant.example/linked',
    referenceId,
    phoneNumber: '09000000000',
    deviceId: 'device',
    userAgent: 'Mozilla/5.0',
  };
  const data = assertAnswer(await sdk.AccountLinkQRCodeCreate(payload), CREATED);
  const back = await customer.consent(data.linkQRCodeURL);
  const claims = sdk.ValidateJWT(back.searchParams.get('responseToken'), apiSecret);
  assert.equal(back.origin + back.pathname, 'https://merchant.example/linked');
  assert.equal(claims.result, 'succeeded');
  assert.equal(claims.nonce, nonce);
  assert.equal(claims.referenceId, referenceId);
  return claims.userAuthorizationId;
}

function paymentOf(userAuthorizationId, amount) {
  return {
    merchantPaymentId: id('payment'),
    userAuthorizationId,
    amount: yen(amount),
    requestedAt: 1587460334340,
    orderDescription: "Mune's Favourite Cake",
  };
}

function refundOf(paymentId, amount = 1200) {
  const merchantRefundId = id('refund');
  return { merchantRefundId, paymentId, amount: yen(amount), reason: 'reason for refund' };
}

function captureOf(code, amount) {
  return {
    merchantPaymentId: code.merchantPaymentId,
    amount: yen(amount),
    merchantCaptureId: id('capture'),
    requestedAt: 1587460334340,
    orderDescription: 'Order Shipped, Cake with toppings',
  };
}

describe('a code', () => {
  test('is created, looked up, paid, and looked up again', async () => {
    const code = await createCode();
    const unpaid = await codeDetails(code, 'CREATED');
    assert.equal(unpaid.acceptedAt, 0);
    await customer.pay(code.url);
    const paid = await codeDetails(code, 'COMPLETED');
    assert.match(paid.paymentId, /^\d{20}$/);
    assert.deepEqual(paid.amount, yen(1200));
    assert.equal(paid.orderDescription, 'ケーキ ☕');
  });

  test('with items has them in the answer as unit_price', async () => {
    const item = { name: 'ケーキ', quantity: 2, unitPrice: yen(600), productId: 'p-1' };
    const code = await createCode({ orderItems: [item] });
    const { unitPrice, ...rest } = item;
    assert.deepEqual(code.orderItems, [{ ...rest, unit_price: unitPrice }]);
  });

  test('cannot be created twice', async () => {
    const { payload } = await createCode();
    assertAnswer(await sdk.QRCodeCreate(payload), DUPLICATE_CODE);
  });

  test('is deleted once, and cannot be looked up or paid any more', async () => {
    const code = await createCode();
    const deleted = assertAnswer(await sdk.QRCodeDelete([code.codeId]), OK);
    assert.deepEqual(deleted, { qrStatus: 'DELETED' });
    assertAnswer(await sdk.GetCodePaymentDetails([code.merchantPaymentId]), PAYMENT_NOT_FOUND);
    assertAnswer(await sdk.QRCodeDelete([code.codeId]), CODE_NOT_FOUND);
    await assert.rejects(customer.pay(code.url));
  });

  test('that is paid cannot be deleted', async () => {
    const code = await paidCode();
    assertAnswer(await sdk.QRCodeDelete([code.codeId]), ALREADY_PAID);
  });

  test('that was never created is not found', async () => {
    assertAnswer(await sdk.GetCodePaymentDetails([id('order')]), PAYMENT_NOT_FOUND);
    assertAnswer(await sdk.QRCodeDelete([id('code')]), CODE_NOT_FOUND);
  });
});

describe('a cancel', () => {
  test('of a paid code has its payment fail', async () => {
    const code = await paidCode();
    assertAnswer(await sdk.PaymentCancel([code.merchantPaymentId]), ACCEPTED);
    await codeDetails(code, 'FAILED');
  });

  test('of a refunded payment is refused', async () => {
    const code = await paidCode();
    assertAnswer(await sdk.PaymentRefund(refundOf(code.paymentId)), OK, 'REFUNDED');
    assertAnswer(await sdk.PaymentCancel([code.merchantPaymentId]), NOT_REVERSIBLE);
  });

  test('whose answer is an error of PayPay is unknown', async () => {
    assertAnswer(await sdk.PaymentCancel([`error-00200034-${id('order')}`]), TIMED_OUT);
  });
});

describe('a refund', () => {
  test('is made once, and looked up', async () => {
    const code = await paidCode();
    const refund = refundOf(code.paymentId);
    const made = assertAnswer(await sdk.PaymentRefund(refund), OK, 'REFUNDED');
    assert.equal(made.merchantRefundId, refund.merchantRefundId);
    const found = await sdk.GetRefundDetails([refund.merchantRefundId]);
    assert.deepEqual(assertAnswer(found, OK, 'REFUNDED'), made);
    const details = await codeDetails(code, 'REFUNDED');
    assert.equal(details.refunds.data[0].merchantRefundId, refund.merchantRefundId);
    assertAnswer(await sdk.PaymentRefund(refund), OK, 'REFUNDED');
    assertAnswer(await sdk.PaymentRefund(refundOf(code.paymentId)), SECOND_REFUND);
  });

  test('can be of a part', async () => {
    const code = await paidCode();
    const made = assertAnswer(await sdk.PaymentRefund(refundOf(code.paymentId, 500)), OK, 'REFUNDED');
    assert.deepEqual(made.amount, yen(500));
  });

  test('that was never made is not found', async () => {
    assertAnswer(await sdk.GetRefundDetails([id('refund')]), NO_SUCH_REFUND);
  });
});

describe('an authorised payment', () => {
  test('is captured once', async () => {
    const code = await paidCode({ isAuthorization: true });
    const captured = await sdk.PaymentAuthCapture(captureOf(code, 1000));
    const data = assertAnswer(captured, OK, 'COMPLETED');
    assert.deepEqual(data.captures.data[0].amount, yen(1000));
    assertAnswer(await sdk.PaymentAuthCapture(captureOf(code, 1000)), ALREADY_CAPTURED);
  });

  test('is released once', async () => {
    const code = await paidCode({ isAuthorization: true });
    const revert = () => ({
      merchantRevertId: id('revert'),
      paymentId: code.paymentId,
      reason: 'reason for revert',
    });
    const reverted = assertAnswer(await sdk.PaymentAuthRevert(revert()), OK, 'CANCELED');
    assert.equal(reverted.paymentId, code.paymentId);
    await codeDetails(code, 'CANCELED');
    assertAnswer(await sdk.PaymentAuthRevert(revert()), NOT_CANCELABLE);
  });

  test('waits for the customer when more is captured', async () => {
    const code = await paidCode({ isAuthorization: true });
    const asked = await sdk.PaymentAuthCapture(captureOf(code, 1300));
    assertAnswer(asked, [202, 'USER_CONFIRMATION_REQUIRED', '08300103']);
    const details = await codeDetails(code, 'AUTHORIZED');
    assert.equal(details.captures.data[0].status, 'USER_REQUESTED');
  });
});

describe('a customer who consented', () => {
  test('can be looked up, and unlinked', async () => {
    const user = await linkedCustomer();
    const found = assertAnswer(await sdk.GetUserAuthorizationStatus([user]), OK, 'ACTIVE');
    assert.equal(found.userAuthorizationId, user);
    assert.deepEqual(found.scopes, ['direct_debit']);
    assertAnswer(await sdk.CheckUserWalletBalance([user, 100, 'JPY']), OK);
    assertAnswer(await sdk.UnlinkUser([user]), ACCEPTED);
    assertAnswer(await sdk.GetUserAuthorizationStatus([user]), OK, 'INACTIVE');
    assertAnswer(await sdk.CreatePayment(paymentOf(user, 100)), INVALID_USER);
  });

  test('is charged, and not twice by mistake', async () => {
    const user = await linkedCustomer();
    const payment = paymentOf(user, 100);
    const made = assertAnswer(await sdk.CreatePayment(payment, false), CREATED, 'COMPLETED');
    assert.equal(made.userAuthorizationId, user);
    const again = assertAnswer(await sdk.CreatePayment(payment, false), CREATED, 'COMPLETED');
    assert.equal(again.paymentId, made.paymentId);

    assertAnswer(await sdk.CreatePayment(paymentOf(user, 100)), SIMILAR);
    const agreed = await sdk.CreatePayment(paymentOf(user, 100), true);
    assert.notEqual(assertAnswer(agreed, CREATED, 'COMPLETED').paymentId, made.paymentId);

    const details = await sdk.GetPaymentDetails([payment.merchantPaymentId]);
    assert.equal(assertAnswer(details, OK, 'COMPLETED').paymentId, made.paymentId);
  });

  test('gets the money back by a cancel and by a refund', async () => {
    const user = await linkedCustomer();
    const cancelled = paymentOf(user, 100);
    assertAnswer(await sdk.CreatePayment(cancelled), CREATED, 'COMPLETED');
    assertAnswer(await sdk.PaymentCancel([cancelled.merchantPaymentId]), ACCEPTED);
    assertAnswer(await sdk.GetPaymentDetails([cancelled.merchantPaymentId]), OK, 'FAILED');

    const refunded = await sdk.CreatePayment(paymentOf(user, 200));
    const { paymentId } = assertAnswer(refunded, CREATED, 'COMPLETED');
    assertAnswer(await sdk.PaymentRefund(refundOf(paymentId, 200)), OK, 'REFUNDED');
  });

  test('has money reserved and captured', async () => {
    const user = await linkedCustomer();
    const payment = paymentOf(user, 300);
    assertAnswer(await sdk.PaymentPreauthorize(payment, true), CREATED, 'AUTHORIZED');
    assertAnswer(await sdk.PaymentAuthCapture(captureOf(payment, 300)), OK, 'COMPLETED');
  });

  test('who did not has declined', async () => {
    const payload = {
      scopes: ['direct_debit'],
      nonce: 'n',
      redirectUrl: 'https://merchant.example/linked',
      referenceId: id('customer'),
    };
    const data = assertAnswer(await sdk.AccountLinkQRCodeCreate(payload), CREATED);
    const back = await customer.decline(data.linkQRCodeURL);
    const claims = sdk.ValidateJWT(back.searchParams.get('responseToken'), apiSecret);
    assert.equal(claims.result, 'declined');
    assert.equal(claims.userAuthorizationId, undefined);
  });
});

describe('a signature', () => {
  test('with another secret is refused', async () => {
    configure({ clientSecret: 'bm90IHRoZSBzZWNyZXQ=' });
    assertAnswer(await sdk.GetCodePaymentDetails(['order']), UNAUTHORIZED);
  });

  test('for the merchant is taken, and for another one refused', async () => {
    configure({ merchantId: merchant });
    assertAnswer(await sdk.GetCodePaymentDetails([id('order')]), PAYMENT_NOT_FOUND);
    configure({ merchantId: 'another' });
    assertAnswer(await sdk.GetCodePaymentDetails([id('order')]), UNAUTHORIZED);
  });
});

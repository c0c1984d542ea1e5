//! What PayPay posts to the merchant: not signed, not guaranteed, sent once the books are written.

use std::sync::Arc;
use std::time::Duration;

use mpac_pgw_protocol::Timestamp;
use paypay_opa::types::webhook::{
    CustomerEvent, NotificationType, OrderAmount, TransactionEvent, TransactionState,
};
use paypay_opa::types::{AccountLinkRequest, MerchantPaymentId};
use serde::Serialize;
use tokio::sync::Semaphore;
use ureq::Agent;

use super::MERCHANT_ID;
use super::ledger::payment::{Event, Payment};
use super::ledger::users::{self, User};
use super::settings::{PayPaySettings, WebhookAmount, WebhookCaptureOrder, WebhookRetries};
use crate::clock::Clock;
use crate::store::StoreError;

/// The body of a webhook. It may name a customer: no `Debug`.
pub(super) struct Webhook(String);

impl Webhook {
    /// A payment has changed.
    pub(super) fn transaction(event: Event, payment: &Payment, settings: &PayPaySettings) -> Self {
        let mut body = TransactionEvent::new(match event {
            // The event has a name of its own; PayPay's sample of it says where the payment stands.
            Event::Authorized | Event::ExpiredUserConfirmation => TransactionState::Authorized,
            Event::Completed => TransactionState::Completed,
            Event::Failed => TransactionState::Failed,
            Event::Canceled => TransactionState::Canceled,
            Event::Expired => TransactionState::Expired,
        });
        let capture = payment.completed_capture();
        let by_capture_id = settings.webhook_capture_order == WebhookCaptureOrder::CaptureId;
        body.merchant_order_id = match (event, capture) {
            (Event::Authorized, _) if settings.webhook_authorized_order_is_empty => empty_id(),
            (Event::Completed, Some(capture)) if by_capture_id => {
                capture.merchant_capture_id.parse().ok()
            }
            _ => payment.merchant_payment_id.parse().ok(),
        };
        let yen = payment.captured.unwrap_or(payment.amount);
        body.order_amount = Some(match settings.webhook_amount {
            WebhookAmount::String => OrderAmount::Text(yen),
            WebhookAmount::Integer => OrderAmount::Number(yen),
        });
        body.merchant_id = Some(MERCHANT_ID.to_owned());
        body.order_id = payment.payment_id.parse().ok();
        let text = |name: &str| payment.details.get(name)?.as_str().map(str::to_owned);
        body.store_id = text("storeId");
        body.pos_id = text("terminalId");
        if event != Event::Failed {
            let accepted = payment.accepted_at.map(|at| at.to_string());
            if payment.reserves {
                body.authorized_at = accepted;
                body.expires_at = payment.reserved_until.map(|at| at.to_string());
                body.paid_at = capture
                    .and_then(|one| one.accepted_at)
                    .map(|at| at.to_string());
            } else {
                body.paid_at = accepted;
            }
        }
        if event == Event::ExpiredUserConfirmation {
            let expired = payment.changes.last();
            body.confirmation_expires_at = expired.map(|change| change.at.to_string());
        }
        Self::of(&body)
    }

    /// A customer has linked the account.
    pub(super) fn linked(
        request: &AccountLinkRequest,
        user: &User,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut body = customer_event(NotificationType::AuthorizationSucceeded, now)?;
        body.reference_id = Some(request.reference_id.clone());
        body.nonce = Some(request.nonce.clone());
        body.scopes = Some(user.scopes.join(",").into());
        body.user_authorization_id = user.user_authorization_id.parse().ok();
        body.profile_identifier = Some(users::PROFILE.to_owned());
        body.expiry = Some(user.expires_at.unix_seconds());
        Ok(Self::of(&body))
    }

    /// A customer has declined to link the account.
    pub(super) fn declined(
        request: &AccountLinkRequest,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut body = customer_event(NotificationType::AuthorizationFailed, now)?;
        body.reference_id = Some(request.reference_id.clone());
        body.nonce = Some(request.nonce.clone());
        body.result = Some("declined".to_owned());
        body.reason = Some("the customer declined".to_owned());
        Ok(Self::of(&body))
    }

    /// A customer's consent has ended.
    pub(super) fn revoked(user: &User, now: Timestamp) -> Result<Self, StoreError> {
        let mut body = customer_event(NotificationType::AuthorizationRevoked, now)?;
        body.reference_id = Some(user.reference_id.clone());
        body.user_authorization_id = user.user_authorization_id.parse().ok();
        Ok(Self::of(&body))
    }

    /// A customer's consent now holds for longer.
    pub(super) fn extended(
        user: &str,
        scopes: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut body = customer_event(NotificationType::AuthorizationExtended, now)?;
        body.scopes = Some(scopes.into());
        body.user_authorization_id = user.parse().ok();
        body.expiry = Some(until.unix_seconds());
        Ok(Self::of(&body))
    }

    fn of(body: &impl Serialize) -> Self {
        // Texts and numbers: it always serialises.
        Self(serde_json::to_string(body).unwrap_or_default())
    }
}

fn customer_event(kind: NotificationType, now: Timestamp) -> Result<CustomerEvent, StoreError> {
    let mut event = CustomerEvent::new(kind);
    event.notification_id = Some(users::uuid()?);
    event.created_at = Some(now.to_string().into());
    Ok(event)
}

/// PayPay's samples of AUTHORIZED have an empty text here.
fn empty_id() -> Option<MerchantPaymentId> {
    serde_json::from_str("\"\"").ok()
}

/// How often, how long, and how far apart a webhook is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Profile {
    tries: u32,
    timeout: Duration,
    gap: Duration,
}

impl Profile {
    fn of(retries: WebhookRetries) -> Self {
        let (tries, timeout, gap) = match retries {
            WebhookRetries::Three => (3, 1500, 0),
            WebhookRetries::Quick => (4, 2000, 100),
            WebhookRetries::Many => (11, 1500, 500),
            WebhookRetries::None => (1, 1500, 0),
        };
        Self {
            tries,
            timeout: Duration::from_millis(timeout),
            gap: Duration::from_millis(gap),
        }
    }
}

/// Webhooks under way at the same time; the others wait.
const AT_ONCE: usize = 16;

/// Posts webhooks. What it cannot deliver is lost, as at PayPay.
#[derive(Debug, Clone)]
pub(super) struct Poster {
    clock: Clock,
    agent: Agent,
    permits: Arc<Semaphore>,
}

impl Poster {
    pub(super) fn new(clock: Clock) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent("PayPay stand-in")
            .build();
        Self {
            clock,
            agent: agent.into(),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Sends them off, in their order. Inside of the runtime.
    pub(super) fn post(&self, webhooks: Vec<Webhook>, settings: &PayPaySettings) {
        let Some(url) = settings
            .webhook_url
            .clone()
            .filter(|_| !webhooks.is_empty())
        else {
            return;
        };
        let (poster, profile) = (self.clone(), Profile::of(settings.webhook_retries));
        tokio::spawn(async move {
            // Fails only if someone closes the semaphore, and nobody does.
            let _permit = poster.permits.acquire().await;
            for webhook in webhooks {
                poster.deliver(&url, &webhook.0, profile).await;
            }
        });
    }

    async fn deliver(&self, url: &str, body: &str, profile: Profile) {
        for attempt in 1..=profile.tries {
            if attempt > 1 {
                self.wait(profile.gap).await;
            }
            let request = self
                .agent
                .post(url)
                .header("Content-Type", "application/json");
            let request = request
                .config()
                .timeout_global(Some(profile.timeout))
                .build();
            let body = body.to_owned();
            let sent = tokio::task::spawn_blocking(move || request.send(body)).await;
            match sent {
                Ok(Ok(answer)) if answer.status().is_success() => return,
                Ok(Ok(answer)) => {
                    log::debug!("PayPay webhook: try {attempt} got {}", answer.status());
                }
                Ok(Err(error)) => log::debug!("PayPay webhook: try {attempt}: {error}"),
                Err(_) => return,
            }
        }
        log::info!("PayPay webhook: given up after {} tries", profile.tries);
    }

    /// Waits on the gateway's clock: an advance ends it early.
    async fn wait(&self, gap: Duration) {
        let gap_ms = i64::try_from(gap.as_millis()).unwrap_or(i64::MAX);
        let until = self.clock.now_ms().saturating_add(gap_ms);
        let slept = tokio::time::sleep(gap);
        tokio::pin!(slept);
        loop {
            let moved = self.clock.advanced();
            tokio::pin!(moved);
            moved.as_mut().enable();
            if self.clock.now_ms() >= until {
                return;
            }
            tokio::select! {
                () = &mut slept => return,
                () = moved => {}
            }
        }
    }
}

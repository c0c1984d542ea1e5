//! Account links: what customers have consented to.

use mpac_pgw_protocol::Timestamp;
use paypay_opa::types::AccountLinkRequest;
use rusqlite::{OptionalExtension, params};

use super::{Books, Outcome};
use crate::ids;
use crate::stand_in::results;
use crate::stand_in::webhooks::Webhook;
use crate::store::StoreError;

/// A consent holds for a year, and each payment begins another one.
pub(super) const VALIDITY_SECONDS: i64 = 365 * 86_400;

/// The page of a link session can be used for this long.
const SESSION_SECONDS: i64 = 600;

const SECRET_LENGTH: usize = 32;

/// Of the one customer there is.
pub(in crate::stand_in) const PROFILE: &str = "*******5678";

/// A customer's consent.
#[derive(Debug, Clone)]
pub(in crate::stand_in) struct User {
    pub(in crate::stand_in) user_authorization_id: String,
    pub(in crate::stand_in) reference_id: String,
    pub(in crate::stand_in) scopes: Vec<String>,
    pub(in crate::stand_in) active: bool,
    pub(in crate::stand_in) issued_at: Timestamp,
    pub(in crate::stand_in) expires_at: Timestamp,
}

/// A request for a customer's consent.
pub(in crate::stand_in) struct LinkSession {
    pub(in crate::stand_in) secret: String,
    pub(in crate::stand_in) request: AccountLinkRequest,
    pub(in crate::stand_in) expires_at: Timestamp,
    pub(in crate::stand_in) answered: bool,
}

impl LinkSession {
    /// Whether the customer can still answer.
    pub(in crate::stand_in) fn is_open(&self, now: Timestamp) -> bool {
        !self.answered && now < self.expires_at
    }

    pub(in crate::stand_in) fn url(&self, public_url: &str) -> String {
        format!("{public_url}/wallet/link/{}", self.secret)
    }
}

impl Books<'_> {
    pub(in crate::stand_in) fn new_link_session(
        &mut self,
        request: AccountLinkRequest,
    ) -> Result<LinkSession, StoreError> {
        let session = LinkSession {
            secret: ids::random_alphanumeric(SECRET_LENGTH)?,
            request,
            expires_at: self.terms.now.plus_seconds(SESSION_SECONDS),
            answered: false,
        };
        let insert = "INSERT INTO paypay_link_sessions (secret, request, expires_at) \
             VALUES (?1, ?2, ?3)";
        self.c.prepare_cached(insert)?.execute(params![
            session.secret,
            serde_json::to_string(&session.request).unwrap_or_default(),
            session.expires_at.unix_seconds()
        ])?;
        Ok(session)
    }

    pub(in crate::stand_in) fn link_session(
        &self,
        secret: &str,
    ) -> Result<Option<LinkSession>, StoreError> {
        let select = "SELECT request, expires_at, answered_at IS NOT NULL \
             FROM paypay_link_sessions WHERE secret = ?1";
        let row = self.c.prepare_cached(select)?.query_row([secret], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, bool>(2)?,
            ))
        });
        let Some((request, expires_at, answered)) = row.optional()? else {
            return Ok(None);
        };
        let request = serde_json::from_str(&request)
            .map_err(|_| super::rows::damaged("a link session", "request"))?;
        Ok(Some(LinkSession {
            secret: secret.to_owned(),
            request,
            expires_at: Timestamp::from_unix_seconds(expires_at),
            answered,
        }))
    }

    /// The customer agrees, and becomes a user of the merchant's, or declines. The caller has seen
    /// that the session is open.
    pub(in crate::stand_in) fn answer_link(
        &mut self,
        session: &LinkSession,
        agreed: bool,
    ) -> Result<Option<User>, StoreError> {
        let now = self.terms.now;
        let update = "UPDATE paypay_link_sessions SET answered_at = ?2 WHERE secret = ?1";
        self.c
            .prepare_cached(update)?
            .execute(params![session.secret, now.unix_seconds()])?;
        if !agreed {
            let webhook = Webhook::declined(&session.request, now)?;
            self.webhooks.push(webhook);
            return Ok(None);
        }
        let scopes = session.request.scopes.iter();
        let user = User {
            user_authorization_id: uuid()?,
            reference_id: session.request.reference_id.clone(),
            scopes: scopes.map(|scope| scope.as_str().to_owned()).collect(),
            active: true,
            issued_at: now,
            expires_at: now.plus_seconds(VALIDITY_SECONDS),
        };
        let insert = "INSERT INTO paypay_users (user_authorization_id, reference_id, scopes, \
             status, issued_at, expires_at) VALUES (?1, ?2, ?3, 'ACTIVE', ?4, ?5)";
        self.c.prepare_cached(insert)?.execute(params![
            user.user_authorization_id,
            user.reference_id,
            user.scopes.join(","),
            now.unix_seconds(),
            user.expires_at.unix_seconds()
        ])?;
        let webhook = Webhook::linked(&session.request, &user, now)?;
        self.webhooks.push(webhook);
        Ok(Some(user))
    }

    pub(in crate::stand_in) fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        let select = "SELECT reference_id, scopes, status, issued_at, expires_at \
             FROM paypay_users WHERE user_authorization_id = ?1";
        let user = self.c.prepare_cached(select)?.query_row([id], |row| {
            let scopes: String = row.get(1)?;
            Ok(User {
                user_authorization_id: id.to_owned(),
                reference_id: row.get(0)?,
                scopes: scopes.split(',').map(str::to_owned).collect(),
                active: row.get::<_, String>(2)? == "ACTIVE",
                issued_at: Timestamp::from_unix_seconds(row.get(3)?),
                expires_at: Timestamp::from_unix_seconds(row.get(4)?),
            })
        });
        Ok(user.optional()?)
    }

    /// The merchant ends a customer's consent.
    pub(in crate::stand_in) fn unlink(&mut self, id: &str) -> Outcome<()> {
        let Some(user) = self.user(id)? else {
            return Ok(Err(results::INVALID_USER_AUTHORIZATION_ID));
        };
        if user.active {
            let update =
                "UPDATE paypay_users SET status = 'INACTIVE' WHERE user_authorization_id = ?1";
            self.c.prepare_cached(update)?.execute([id])?;
            let webhook = Webhook::revoked(&user, self.terms.now)?;
            self.webhooks.push(webhook);
        }
        Ok(Ok(()))
    }
}

/// A random UUID, the form of PayPay's user authorizations.
pub(in crate::stand_in) fn uuid() -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| ids::IdGenerationError)?;
    Ok(uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string())
}

//! Identifiers and secrets, made here and nowhere else.

use mpac_pgw_protocol::{PaymentIntentId, PaymentToken};
use ulid::Ulid;

use crate::clock::Clock;

/// The system has no random bytes, or an id broke its own form: neither happens on a working
/// machine.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the system's random number generator failed")]
pub(crate) struct IdGenerationError;

/// Characters in the secret part of a payment token: 62^40, about 238 bits.
const TOKEN_SECRET_LENGTH: usize = 40;

pub(crate) fn payment_intent_id(clock: &Clock) -> Result<PaymentIntentId, IdGenerationError> {
    prefixed("pi_", clock)?
        .parse()
        .map_err(|_| IdGenerationError)
}

pub(crate) fn payment_token(id: &PaymentIntentId) -> Result<PaymentToken, IdGenerationError> {
    let secret = random_alphanumeric(TOKEN_SECRET_LENGTH)?;
    PaymentToken::new(id, &secret).map_err(|_| IdGenerationError)
}

/// A prefix and a ULID: sorts by time, so that ids made later come later in an index.
pub(crate) fn prefixed(prefix: &str, clock: &Clock) -> Result<String, IdGenerationError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| IdGenerationError)?;
    let at = u64::try_from(clock.now_ms()).unwrap_or(0);
    // Of the number, a ULID takes the low 48 bits of the time and 80 bits of chance.
    let ulid = Ulid::from_parts(at, u128::from_be_bytes(random));
    Ok(format!("{prefix}{ulid}"))
}

/// Uniform over `[A-Za-z0-9]`, from the system's generator.
pub(crate) fn random_alphanumeric(length: usize) -> Result<String, IdGenerationError> {
    random(
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        length,
    )
}

/// Uniform over `[0-9]`, from the system's generator.
pub(crate) fn random_digits(length: usize) -> Result<String, IdGenerationError> {
    random(b"0123456789", length)
}

/// Uniform over `[0-9A-F]`, from the system's generator.
pub(crate) fn random_hex(length: usize) -> Result<String, IdGenerationError> {
    random(b"0123456789ABCDEF", length)
}

fn random<const N: usize>(alphabet: &[u8; N], length: usize) -> Result<String, IdGenerationError> {
    // Above the largest multiple of N in a byte, the first letters would be likelier.
    let limit = 256 - 256 % N;
    let mut text = String::with_capacity(length);
    let mut random = [0; 64];
    while text.len() < length {
        getrandom::fill(&mut random).map_err(|_| IdGenerationError)?;
        let fair = random
            .iter()
            .map(|byte| usize::from(*byte))
            .filter(|byte| *byte < limit);
        let letters = fair.filter_map(|byte| alphabet.get(byte % N));
        text.extend(
            letters
                .take(length - text.len())
                .map(|letter| char::from(*letter)),
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_tokens_have_their_form() {
        let clock = Clock::system();
        let id = payment_intent_id(&clock).unwrap();
        assert_eq!(id.as_str().len(), 3 + 26);
        let token = payment_token(&id).unwrap();
        assert_eq!(token.payment_intent_id(), &id);
        let (_, secret) = token.expose().split_once("_secret_").unwrap();
        assert_eq!(secret.len(), TOKEN_SECRET_LENGTH);
    }

    #[test]
    fn every_letter_occurs() {
        let text = random_alphanumeric(20_000).unwrap();
        let distinct: std::collections::BTreeSet<char> = text.chars().collect();
        assert_eq!((text.len(), distinct.len()), (20_000, 62));
    }
}

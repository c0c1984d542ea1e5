//! Sealing the journal with the platform's keystore.

/// Encrypts what the SDK keeps on disk: Android Keystore, iOS Keychain.
#[uniffi::export(foreign)]
pub trait Vault: Send + Sync {
    /// Encrypts and authenticates `plain`.
    ///
    /// # Errors
    /// [`VaultError`]: then nothing is begun. A vault whose key is gone makes a new one.
    fn seal(&self, plain: Vec<u8>) -> Result<Vec<u8>, VaultError>;

    /// Reverses [`Vault::seal`]. What it opens is believed, whoever wrote it: a vault that does not
    /// authenticate lets anybody who can write to the folder make payments up.
    ///
    /// # Errors
    /// [`VaultError`]. A vault that cannot tell which one says [`VaultError::Unavailable`].
    fn open_sealed(&self, sealed: Vec<u8>) -> Result<Vec<u8>, VaultError>;
}

/// The vault could not do its work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum VaultError {
    /// The key can be used once somebody has unlocked the device. No payment is begun or brought back
    /// until then; each call that could tries again.
    #[error("the vault is locked, or fails; unlock the device, then try again")]
    Locked,
    /// The key is gone for ever, and with it what it has sealed: the screen lock was removed, or the
    /// app's data came from a backup. Such a record is damaged: it stops nobody from paying, and is
    /// settled by hand, with
    /// [`settle_damaged_record`](crate::PaymentTerminal::settle_damaged_record).
    #[error("the vault's key is gone for ever")]
    KeyGone,
    /// The keystore refused or threw. Whether it is locked is told by whether it opens what it seals
    /// just then; if it does, the record is damaged.
    #[error("the vault could not seal or open the journal")]
    Unavailable,
}

// The text of the error is the app's stack trace, which may hold anything: it is dropped.
impl From<uniffi::UnexpectedUniFFICallbackError> for VaultError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

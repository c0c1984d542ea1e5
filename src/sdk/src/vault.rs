//! Sealing the journal with the platform's keystore.

/// Encrypts what the SDK keeps on disk: Android Keystore, iOS Keychain.
#[uniffi::export(foreign)]
pub trait Vault: Send + Sync {
    /// Encrypts and authenticates `plain`.
    ///
    /// # Errors
    /// [`VaultError`] when the keystore is not available.
    fn seal(&self, plain: Vec<u8>) -> Result<Vec<u8>, VaultError>;

    /// Reverses [`Vault::seal`]. What it opens is believed, whoever wrote it: a vault that does not
    /// authenticate lets anybody who can write to the folder make payments up.
    ///
    /// # Errors
    /// [`VaultError`] when the bytes were altered, the key is gone or the keystore is locked. These
    /// are told apart by whether it opens what it seals just then.
    fn open_sealed(&self, sealed: Vec<u8>) -> Result<Vec<u8>, VaultError>;
}

/// The vault could not do its work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The keystore refused or threw.
    #[error("the vault could not seal or open the journal")]
    Unavailable,
}

// The text of the error is the app's stack trace, which may hold anything: it is dropped.
impl From<uniffi::UnexpectedUniFFICallbackError> for VaultError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

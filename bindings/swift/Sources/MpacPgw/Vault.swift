import Foundation
internal import MpacPgwCore

/// Seals what the SDK keeps on disk with a key of the platform's keystore, such as the Keychain.
///
/// Called on threads of the SDK, several at once. What an implementation throws is dropped, since
/// it may hold anything; the SDK's call then fails with ``TerminalError/storage(reason:)``.
public protocol Vault: Sendable {
    /// Encrypts and authenticates `plain`.
    ///
    /// - Parameter plain: a record of the journal; it holds the payment token.
    /// - Returns: bytes that only ``open(_:)`` can read.
    /// - Throws: anything, when the keystore is not available.
    func seal(_ plain: Data) throws -> Data

    /// Reverses ``seal(_:)``.
    ///
    /// - Parameter sealed: what ``seal(_:)`` returned, perhaps in an earlier process.
    /// - Returns: the plain bytes.
    /// - Throws: anything, when the bytes were altered or the key is gone.
    func open(_ sealed: Data) throws -> Data
}

/// A ``Vault`` as the core sees it.
final class VaultBridge: MpacPgwCore.Vault {
    private let vault: any Vault

    init(_ vault: any Vault) {
        self.vault = vault
    }

    func seal(plain: Data) throws -> Data {
        do { return try vault.seal(plain) } catch { throw VaultError.Unavailable }
    }

    func openSealed(sealed: Data) throws -> Data {
        do { return try vault.open(sealed) } catch { throw VaultError.Unavailable }
    }
}

import CryptoKit
import Foundation

/// The card app's own key on the curve P-256, by which terminals know its answers from another app's:
/// a `P256.Signing.PrivateKey` or, better, one of the `SecureEnclave`, which nobody can copy.
///
/// Terminals are told the public key, as `publicKey.derRepresentation` in base64.
public protocol CardKey: Sendable {
    /// The signature in DER, over the bytes' SHA-256.
    func signature(of bytes: Data) throws -> Data
}

extension P256.Signing.PrivateKey: CardKey {
    /// The signature in DER, over the bytes' SHA-256.
    public func signature(of bytes: Data) throws -> Data {
        try signature(for: bytes).derRepresentation
    }
}

extension SecureEnclave.P256.Signing.PrivateKey: CardKey {
    /// The signature in DER, over the bytes' SHA-256.
    public func signature(of bytes: Data) throws -> Data {
        try signature(for: bytes).derRepresentation
    }
}

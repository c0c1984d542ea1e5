import CryptoKit
import Foundation

/// The card app's own key on the curve P-256, by which terminals know its answers from another app's.
///
/// Terminals are told the public key, as `publicKey.derRepresentation` in base64. Best is an
/// ``EnclaveKey``, which nobody can copy.
public protocol CardKey: Sendable {
    /// Signs.
    ///
    /// - Parameter bytes: what is signed, by its SHA-256.
    /// - Returns: the signature in DER.
    /// - Throws: when it cannot sign now; nothing is told then.
    func signature(of bytes: Data) throws -> Data
}

extension P256.Signing.PrivateKey: CardKey {
    /// Signs the bytes' SHA-256; the signature is in DER.
    public func signature(of bytes: Data) throws -> Data {
        try signature(for: bytes).derRepresentation
    }
}

/// A key in the Secure Enclave of this device.
///
/// ```swift
/// let made = try SecureEnclave.P256.Signing.PrivateKey()
/// let key = EnclaveKey(made.dataRepresentation)
/// ```
///
/// Keep its `dataRepresentation`, which is of use on this device only, where no backup reaches.
public struct EnclaveKey: CardKey {
    private let dataRepresentation: Data

    /// - Parameter dataRepresentation: of the `SecureEnclave.P256.Signing.PrivateKey`.
    public init(_ dataRepresentation: Data) {
        self.dataRepresentation = dataRepresentation
    }

    /// Signs the bytes' SHA-256; the signature is in DER.
    public func signature(of bytes: Data) throws -> Data {
        try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: dataRepresentation)
            .signature(for: bytes).derRepresentation
    }
}

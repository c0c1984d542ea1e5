import CryptoKit
import Foundation
import MpacCardContract
import Security

/// The key by which terminals know this app's answers: made once, and never off this device.
struct SigningKey: Sendable {
    let key: any CardKey
    /// What terminals are told, as base64 of its DER.
    let publicKey: String

    /// Takes the key from the Keychain, or makes it.
    static func load() throws -> SigningKey {
        let stored = try item()
        // Nobody can copy a key of the Secure Enclave. Simulators have none.
        guard SecureEnclave.isAvailable else {
            let key =
                try stored.map { try P256.Signing.PrivateKey(rawRepresentation: $0) } ?? .init()
            if stored == nil { try add(key.rawRepresentation) }
            return SigningKey(key: key, publicKey: text(key.publicKey))
        }
        let key =
            try stored.map { try SecureEnclave.P256.Signing.PrivateKey(dataRepresentation: $0) }
            ?? .init()
        if stored == nil { try add(key.dataRepresentation) }
        return SigningKey(key: EnclaveKey(key.dataRepresentation), publicKey: text(key.publicKey))
    }

    private static func text(_ key: P256.Signing.PublicKey) -> String {
        key.derRepresentation.base64EncodedString()
    }

    /// Nil only when there certainly is none: a locked Keychain must not lead to a second key.
    private static func item() throws -> Data? {
        var query = query
        query[kSecReturnData as String] = true
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        if status == errSecItemNotFound { return nil }
        guard status == errSecSuccess, let data = found as? Data else {
            throw KeychainError(status: status)
        }
        return data
    }

    private static func add(_ data: Data) throws {
        var item = query
        item[kSecAttrAccessible as String] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        item[kSecValueData as String] = data
        let status = SecItemAdd(item as CFDictionary, nil)
        guard status == errSecSuccess else { throw KeychainError(status: status) }
    }

    private static var query: [String: Any] {
        [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrService as String: "com.example.cardapp",
            kSecAttrAccount as String: "signing key",
        ]
    }

    private struct KeychainError: Error {
        let status: OSStatus
    }
}

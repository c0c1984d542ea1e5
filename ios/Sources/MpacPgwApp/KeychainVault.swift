#if canImport(Security) && canImport(CryptoKit)
    import CryptoKit
    import Foundation
    import MpacPgw
    import Security

    /// Seals the journal with AES-256-GCM, by a key in the Keychain that never leaves this device.
    ///
    /// ```swift
    /// let terminal = try await PaymentTerminal.open(configuration, vault: KeychainVault())
    /// ```
    ///
    /// Everything sealed says which key has sealed it. So what a lost key has sealed, as on a device
    /// that was restored from a backup, is told from what was altered: it is among
    /// `PaymentTerminal.damagedRecords`, and stops nobody from paying.
    ///
    /// The key can be read once the device was unlocked after its start, and from then on also while
    /// the screen is locked: payments are asked about while nobody is at the till. Before, the vault is
    /// locked: call `PaymentTerminal.recoverPending` again then. May be called from any thread.
    public final class KeychainVault: Vault {
        private let service: String
        private let account: String
        private let accessGroup: String?

        /// - Parameters:
        ///   - service: names the key, with the account. Two journals may share one.
        ///   - account: names the key, with the service.
        ///   - accessGroup: a Keychain group of the app's; by default its own.
        public init(
            service: String = "com.mpac.pgw", account: String = "journal",
            accessGroup: String? = nil
        ) {
            self.service = service
            self.account = account
            self.accessGroup = accessGroup
        }

        /// Encrypts and authenticates; makes the key where there certainly is none.
        ///
        /// - Throws: `VaultError`.
        public func seal(plain: Data) throws -> Data {
            let key = try key()
            guard
                let box = try? AES.GCM.seal(plain, using: key.secret, authenticating: key.context),
                let sealed = box.combined
            else { throw VaultError.unavailable }
            return key.context + sealed
        }

        /// Reverses ``seal(plain:)``.
        ///
        /// - Throws: `VaultError`: `keyGone` where the Keychain works, and has another key or made one.
        public func openSealed(sealed: Data) throws -> Data {
            let sealed = Data(sealed)
            guard sealed.first == Key.version, sealed.count > Key.contextSize else {
                throw VaultError.unavailable
            }
            // Making one shows that the Keychain works: one that does not answer has no keys either.
            let key = try key()
            guard sealed.prefix(Key.contextSize) == key.context else { throw VaultError.keyGone }
            guard let box = try? AES.GCM.SealedBox(combined: sealed.dropFirst(Key.contextSize)),
                let plain = try? AES.GCM.open(box, using: key.secret, authenticating: key.context)
            else { throw VaultError.unavailable }
            return plain
        }

        private func key() throws -> Key {
            if let key = try stored() { return key }
            let fresh = Key()
            var item = query
            item[kSecAttrAccessible as String] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
            item[kSecValueData as String] = fresh.data
            let status = SecItemAdd(item as CFDictionary, nil)
            switch status {
            case errSecSuccess: return fresh
            case errSecDuplicateItem:
                // Another thread or process was faster, and may have sealed by its key.
                guard let key = try stored() else { throw VaultError.unavailable }
                return key
            default: throw VaultError(status)
            }
        }

        /// Nil only when there certainly is none: a locked Keychain must not lead to a second key.
        private func stored() throws -> Key? {
            var query = query
            query[kSecReturnData as String] = true
            query[kSecMatchLimit as String] = kSecMatchLimitOne
            var item: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &item)
            switch status {
            case errSecSuccess:
                guard let data = item as? Data, let key = Key(data) else {
                    throw VaultError.unavailable
                }
                return key
            case errSecItemNotFound: return nil
            default: throw VaultError(status)
            }
        }

        private var query: [String: Any] {
            var query: [String: Any] = [
                kSecClass as String: kSecClassGenericPassword,
                kSecAttrService as String: service,
                kSecAttrAccount as String: account,
                // On macOS, too.
                kSecUseDataProtectionKeychain as String: true,
            ]
            query[kSecAttrAccessGroup as String] = accessGroup
            return query
        }

        /// A key, and the name by which what it has sealed is known.
        private struct Key {
            static let version: UInt8 = 1
            static let contextSize = 1 + nameSize
            private static let nameSize = 16
            private static let secretSize = 32

            let name: Data
            let secret: SymmetricKey

            init() {
                name = SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) }
                secret = SymmetricKey(size: .bits256)
            }

            /// What the Keychain has.
            init?(_ data: Data) {
                guard data.count == Self.nameSize + Self.secretSize else { return nil }
                name = Data(data.prefix(Self.nameSize))
                secret = SymmetricKey(data: data.suffix(Self.secretSize))
            }

            /// What the Keychain keeps.
            var data: Data { name + secret.withUnsafeBytes { Data($0) } }

            /// What everything that it has sealed begins with.
            var context: Data { Data([Self.version]) + name }
        }
    }

    extension VaultError {
        fileprivate init(_ status: OSStatus) {
            switch status {
            // Before the first unlock.
            case errSecInteractionNotAllowed: self = .locked
            default: self = .unavailable
            }
        }
    }
#endif

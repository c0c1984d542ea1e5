import CryptoKit
import Foundation
import MpacPgw
import MpacPgwApp
import Security
import Testing

extension DeviceTests {
    /// The vault on the device's Keychain.
    @Suite struct KeychainVaultTests {
        private let keychain = StandInKeychain.shared
        private let plain = Data("pi_01HXY_secret_CANARY".utf8)

        init() { StandInKeychain.shared.reset() }

        @Test func whatIsSealedIsOpenedAlsoByTheNextProcess() throws {
            let sealed = try KeychainVault().seal(plain: plain)
            #expect(sealed.range(of: Data("CANARY".utf8)) == nil)
            #expect(try KeychainVault().openSealed(sealed: sealed) == plain)
            #expect(try KeychainVault().seal(plain: plain) != sealed)
            #expect(keychain.count == 1)
        }

        @Test func theSameBytesOpenWhereverTheyLieInABuffer() throws {
            let sealed = try KeychainVault().seal(plain: plain)
            let slice = (Data([1, 2, 3]) + sealed).dropFirst(3)
            #expect(try KeychainVault().openSealed(sealed: slice) == plain)
        }

        @Test func paymentsGoOnWhileTheScreenIsLocked() throws {
            let sealed = try KeychainVault().seal(plain: plain)
            keychain.set(.screen)
            #expect(try KeychainVault().openSealed(sealed: sealed) == plain)
            _ = try KeychainVault().seal(plain: plain)
        }

        @Test func aKeyCanBeMadeWhileTheScreenIsLocked() throws {
            keychain.set(.screen)
            let sealed = try KeychainVault().seal(plain: plain)
            #expect(try KeychainVault().openSealed(sealed: sealed) == plain)
        }

        @Test func beforeTheFirstUnlockTheVaultIsLockedAndNothingIsLost() throws {
            let sealed = try KeychainVault().seal(plain: plain)
            keychain.set(.beforeFirstUnlock)
            #expect(throws: VaultError.locked) { try KeychainVault().openSealed(sealed: sealed) }
            #expect(throws: VaultError.locked) { try KeychainVault().seal(plain: plain) }
            // It may be unlocked at any moment: what cannot be read is not made anew.
            #expect(keychain.adds == 1)
            keychain.set(.open)
            #expect(keychain.count == 1)
            #expect(try KeychainVault().openSealed(sealed: sealed) == plain)
        }

        @Test func anEmptyKeychainThatIsLockedIsLockedToo() throws {
            let sealed = try KeychainVault().seal(plain: plain)
            keychain.reset()
            keychain.set(.beforeFirstUnlock)
            #expect(throws: VaultError.locked) { try KeychainVault().openSealed(sealed: sealed) }
            #expect(throws: VaultError.locked) { try KeychainVault().seal(plain: plain) }
        }

        @Test func theKeyStaysOnItsDevice() throws {
            let sealed = try KeychainVault().seal(plain: plain)
            keychain.restoreToAnotherDevice()
            #expect(throws: VaultError.keyGone) { try KeychainVault().openSealed(sealed: sealed) }
        }

        @Test func aLostKeyIsToldFromSomethingAltered() throws {
            let old = try KeychainVault().seal(plain: plain)
            keychain.reset()
            #expect(throws: VaultError.keyGone) { try KeychainVault().openSealed(sealed: old) }
            // What comes later is sealed by a new one.
            let new = try KeychainVault().seal(plain: plain)
            #expect(throws: VaultError.keyGone) { try KeychainVault().openSealed(sealed: old) }
            #expect(try KeychainVault().openSealed(sealed: new) == plain)
            var altered = new
            altered[new.count - 1] ^= 1
            #expect(throws: VaultError.unavailable) {
                try KeychainVault().openSealed(sealed: altered)
            }
        }

        @Test(arguments: [Data(), Data([1]), Data([2] + (0..<80)), Data([1] + (0..<16))])
        func whatNoVaultHasSealedIsRefused(_ bytes: Data) {
            #expect(throws: VaultError.unavailable) {
                try KeychainVault().openSealed(sealed: bytes)
            }
        }

        @Test func aKeychainThatFailsMakesNoSecondKey() throws {
            let sealed = try KeychainVault().seal(plain: plain)
            keychain.refuse(errSecMissingEntitlement)
            #expect(throws: VaultError.unavailable) {
                try KeychainVault().openSealed(sealed: sealed)
            }
            #expect(throws: VaultError.unavailable) { try KeychainVault().seal(plain: plain) }
            keychain.refuse(nil)
            #expect(keychain.count == 1)
            #expect(try KeychainVault().openSealed(sealed: sealed) == plain)
        }

        @Test func ofTwoProcessesThatMakeAKeyTheFasterOneHasIt() throws {
            let theirs = Sealed()
            keychain.race { [plain] in theirs.bytes = try? KeychainVault().seal(plain: plain) }
            let ours = try KeychainVault().seal(plain: plain)
            #expect(keychain.count == 1)
            let bytes = try #require(theirs.bytes)
            #expect(try KeychainVault().openSealed(sealed: bytes) == plain)
            #expect(try KeychainVault().openSealed(sealed: ours) == plain)
        }

        @Test func anotherAccountHasAnotherKey() throws {
            let sealed = try KeychainVault(account: "one").seal(plain: plain)
            #expect(throws: VaultError.keyGone) {
                try KeychainVault(account: "two").openSealed(sealed: sealed)
            }
            #expect(keychain.count == 2)
        }

        private final class Sealed: @unchecked Sendable {
            var bytes: Data?
        }
    }
}

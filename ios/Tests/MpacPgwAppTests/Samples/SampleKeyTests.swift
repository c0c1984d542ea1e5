import CryptoKit
import Foundation
import Security
import Testing

@testable import MpacCardContract
@testable import SampleCardApp

extension DeviceTests {
    /// The key of the sample card app.
    @Suite struct SampleKeyTests {
        init() { StandInKeychain.shared.reset() }

        @Test(arguments: [true, false])
        func itIsTheSameInTheNextProcess(inTheEnclave hasEnclave: Bool) throws {
            try SecureEnclave.$isAvailable.withValue(hasEnclave) {
                let before = try SigningKey.load()
                let after = try SigningKey.load()
                #expect(before.publicKey == after.publicKey)
                #expect(before.key is EnclaveKey == hasEnclave)
                #expect(StandInKeychain.shared.count == 1)
            }
        }

        @Test func itLeavesTheDeviceByNoBackup() throws {
            let before = try SigningKey.load()
            StandInKeychain.shared.restoreToAnotherDevice()
            #expect(try SigningKey.load().publicKey != before.publicKey)
        }

        @Test func aLockedKeychainIsNotOneWithoutAKey() throws {
            let before = try SigningKey.load()
            StandInKeychain.shared.set(.beforeFirstUnlock)
            #expect(throws: (any Error).self) { try SigningKey.load() }
            StandInKeychain.shared.set(.open)
            #expect(try SigningKey.load().publicKey == before.publicKey)
        }
    }
}

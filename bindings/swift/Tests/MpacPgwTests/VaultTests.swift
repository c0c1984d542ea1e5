import Foundation
import MpacPgw
import Testing

/// What lies on disk, with and without a vault.
@Suite(.timeLimit(.minutes(2)))
struct VaultTests {
    private struct KeystoreError: Error {
        let secret = "KEYSTORECANARY"
    }

    /// Not a cipher: it shows that the bytes passed through here, and notices another key.
    private final class Mask: Vault {
        private let key: UInt8
        private let isBroken: Bool

        init(key: UInt8 = 0x5A, isBroken: Bool = false) {
            self.key = key
            self.isBroken = isBroken
        }

        func seal(plain: Data) throws -> Data {
            if isBroken { throw KeystoreError() }
            return Data([key] + plain.map { $0 ^ key })
        }

        func openSealed(sealed: Data) throws -> Data {
            guard sealed.first == key else { throw KeystoreError() }
            return Data(sealed.dropFirst().map { $0 ^ key })
        }
    }

    private let token = "pi_01HXY_secret_TOKENCANARY"
    private let cash = PaymentMethod.cash

    private func unreachable(_ directory: URL) -> TerminalConfig {
        TerminalConfig(gatewayUrl: "http://127.0.0.1:9", dataDirectory: directory)
    }

    @Test func theJournalIsSealed() async throws {
        try await withDataDirectory { directory in
            let before = try await PaymentTerminal.open(unreachable(directory), vault: Mask())
            let attempt = try await before.confirmPayment(token, method: cash)
            let files = try journaledAttempts(in: directory)
            #expect(files.count == 1)
            for file in files {
                let bytes = try Data(contentsOf: file)
                #expect(bytes.range(of: Data("TOKENCANARY".utf8)) == nil)
            }
            await before.shutDown()

            let after = try await reopen(unreachable(directory), vault: Mask())
            #expect(try await after.recoverPending().map(\.id) == [attempt.id])
            await after.shutDown()
        }
    }

    @Test func aJournalThatTheVaultDoesNotOpenWaitsForTheNextTime() async throws {
        try await withDataDirectory { directory in
            let before = try await PaymentTerminal.open(unreachable(directory), vault: Mask())
            let attempt = try await before.confirmPayment(token, method: cash)
            await before.shutDown()

            let locked = try await reopen(unreachable(directory), vault: Mask(key: 0x33))
            #expect(try await locked.recoverPending().isEmpty)
            #expect(locked.damagedRecords.count == 1)
            for record in locked.damagedRecords {
                #expect(FileManager.default.fileExists(atPath: record.path))
                #expect(!record.reason.contains("CANARY"))
            }
            await locked.shutDown()

            let after = try await reopen(unreachable(directory), vault: Mask())
            #expect(after.damagedRecords.isEmpty)
            #expect(try await after.recoverPending().map(\.id) == [attempt.id])
            await after.shutDown()
        }
    }

    @Test func withoutItsKeystoreATerminalStartsNothing() async throws {
        try await withDataDirectory { directory in
            let terminal = try await PaymentTerminal.open(
                unreachable(directory), vault: Mask(isBroken: true))
            do {
                _ = try await terminal.confirmPayment(token, method: cash)
                Issue.record("the payment was started")
            } catch TerminalError.storage(let reason) {
                #expect(!reason.contains("CANARY"))
            }
            #expect(try journaledAttempts(in: directory).isEmpty)
            await terminal.shutDown()
        }
    }
}

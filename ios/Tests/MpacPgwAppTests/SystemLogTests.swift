import Foundation
import MpacPgw
import Testing
import os

@testable import MpacPgwApp

extension DeviceTests {
    @Suite struct SystemLogTests {
        @Test func oneCallSendsTheMessagesToTheSystemsLog() async throws {
            PaymentTerminal.enableSystemLog(.debug)
            defer {
                PaymentTerminal.setLogLevel(.off)
                PaymentTerminal.setLogSink(nil)
            }
            let gateway = try await Gateway.shared()
            try await gateway.withTerminal { terminal in
                let intent = try await gateway.createIntent(methods: ["cash"])
                let attempt = try await terminal.confirmPayment(intent.paymentToken, method: .cash)
                try await within(.seconds(30), "a message about the attempt") {
                    while !StandInLog.shared.all.contains(where: { $0.contains(attempt.id) }) {
                        try Task.checkCancellation()
                        await Task.yield()
                    }
                }
                for line in StandInLog.shared.all {
                    #expect(line.hasPrefix("com.mpac.pgw.sdk "))
                    #expect(!line.contains(intent.paymentToken))
                }
            }
        }

        @Test(arguments: [
            (LogLevel.error, "error"), (.warn, "error"), (.info, "default"), (.debug, "debug"),
        ])
        func eachLevelKeepsItsWeight(_ level: LogLevel, _ name: String) {
            let message = "a message \(UUID().uuidString)"
            SystemLog().log(level: level, message: message)
            #expect(StandInLog.shared.all.contains("com.mpac.pgw.sdk \(name) \(message)"))
        }
    }
}

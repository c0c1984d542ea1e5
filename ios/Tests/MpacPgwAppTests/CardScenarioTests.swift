import Foundation
import Testing
import UIKit

@testable import MpacCardContract

extension DeviceTests {
    /// Plays the scenarios of `tests/scenarios` that hand over to the card app, through the bridge and
    /// with what card apps are built with: what is heard is what is written.
    @Suite @MainActor struct CardScenarioTests {
        @Test(arguments: try handOvers)
        func itIsHeardAsItIsWritten(_ handOver: HandOver) async throws {
            let folder = FileManager.default.temporaryDirectory
                .appendingPathComponent("scenario-\(UUID().uuidString)", isDirectory: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let bridge = ByBridge(folder, answerIsLost: handOver.answerIsLost)
            let trace = try await handOver.scenario.play(bridge)
            #expect(
                trace == handOver.scenario.script.trace,
                "the trace is\n\(trace.joined(separator: "\n"))")
            let launches = bridge.cardApp.actions.count { $0 == .pay }
            #expect(launches == bridge.requests, "it is opened once for each request")
        }

        struct HandOver: Sendable, CustomTestStringConvertible {
            let scenario: Scenario
            let answerIsLost: Bool

            var testDescription: String {
                scenario.name + (answerIsLost ? ", the answer is lost" : "")
            }
        }

        /// Those that restart before the card app answers are played both ways.
        nonisolated private static var handOvers: [HandOver] {
            get throws {
                try Scenario.all.flatMap { scenario in
                    let (steps, trace) = (scenario.script.steps, scenario.script.trace)
                    let isHandedOver = trace.contains { $0.contains("card_app_requested") }
                    guard isHandedOver else { return [HandOver]() }
                    let before = steps.prefix { $0.name != "card app answers" }
                    let isCut = before.contains { $0.name == "app restarts" }
                    return (isCut ? [false, true] : [false]).map {
                        HandOver(scenario: scenario, answerIsLost: $0)
                    }
                }
            }
        }
    }
}

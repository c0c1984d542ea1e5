import Testing

/// Plays every scenario of `tests/scenarios` and compares what was heard, byte for byte.
@Suite(.timeLimit(.minutes(3)))
struct ScenarioTests {
    /// Nearly all of a scenario's time is spent waiting for the next poll.
    private static let atATime = 16

    @Test func everyScenarioIsHeardAsItIsWritten() async throws {
        let scenarios = try Scenario.all
        await withTaskGroup(of: Void.self) { group in
            for (index, scenario) in scenarios.enumerated() {
                if index >= Self.atATime { await group.next() }
                group.addTask {
                    do {
                        let trace = try await scenario.play(ByHand())
                        #expect(
                            trace == scenario.script.trace,
                            "\(scenario.name): the trace is\n\(trace.joined(separator: "\n"))")
                    } catch {
                        Issue.record("\(scenario.name): \(error)")
                    }
                }
            }
        }
    }

    @Test func aStepThatNobodyKnowsIsRefusedWithItsFileAndLine() throws {
        let text = """
            {
            "title": "",
            "steps": [
            {"app hears": "x"},
            {"app sings": {}}
            ],
            "trace": [
            ]
            }
            """
        #expect {
            try Script("a.json", text, isKnown: App.steps.contains)
        } throws: {
            "\($0)" == "a.json:5: there is no step `app sings`"
        }
    }
}

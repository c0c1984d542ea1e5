import Foundation
import Testing

/// Plays every scenario of `tests/scenarios`, which is described in `tests/tests/scenarios.rs`, and
/// compares what was heard, byte for byte.
@Suite(.timeLimit(.minutes(3)))
struct ScenarioTests {
    /// Nearly all of a scenario's time is spent waiting for the next poll.
    private static let atATime = 16

    @Test func everyScenarioIsHeardAsItIsWritten() async throws {
        let (folder, words) = (Self.folder, try Self.words)
        let files = FileManager.default.enumerator(atPath: folder.path)?.allObjects ?? []
        let names = files.compactMap { $0 as? String }.filter {
            $0.contains("/") && $0.hasSuffix(".json")
        }
        try #require(!names.isEmpty, "no scenario in \(folder.path)")
        await withTaskGroup(of: Void.self) { group in
            for (index, name) in names.sorted().enumerated() {
                if index >= Self.atATime { await group.next() }
                group.addTask {
                    do {
                        let file = folder.appending(path: name)
                        let text = try String(contentsOf: file, encoding: .utf8)
                        try await play(name, text, words)
                    } catch {
                        Issue.record("\(name): \(error)")
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

    private static let folder = (1...6).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }.appending(path: "tests/scenarios")

    private static var words: [String: Json] {
        get throws {
            let file = folder.appending(path: "world.json")
            return try Json(String(contentsOf: file, encoding: .utf8)).members
        }
    }
}

private func play(_ name: String, _ text: String, _ words: [String: Json]) async throws {
    let script = try Script(name, text) { App.steps.contains($0) || words.keys.contains($0) }
    try await Gateway.withOwn { gateway in
        try await withDataDirectory { directory in
            var world = World(gateway, words)
            let url = Json.object(["gateway_url": .text(gateway.url)])
            let app = try await App(directory, url)
            for step in script.steps {
                do {
                    try await take(step, &world, app)
                } catch {
                    try await app.end()
                    let heard = app.trace.joined(separator: "\n")
                    throw Failure("line \(step.line): \(error)\n\(heard)")
                }
            }
            try await app.end()
            app.write(try await world.act("books say", .object([:])))
            #expect(
                app.trace == script.trace,
                "\(name): the trace is\n\(app.trace.joined(separator: "\n"))")
        }
    }
}

private func take(_ step: Step, _ world: inout World, _ app: App) async throws {
    guard App.steps.contains(step.name) else {
        return app.write(try await world.act(step.name, step.argument))
    }
    let defaults: [String: Json] =
        switch step.name {
        case "app confirms", "app retrieves": ["token": .text("$token")]
        case "app restarts": ["gateway_url": .text("$gateway")]
        default: [:]
        }
    let argument =
        if case .object(let members) = step.argument {
            Json.object(members.merging(defaults) { given, _ in given })
        } else {
            step.argument
        }
    try await app.act(step.name, world.fill(argument))
}

import Foundation

/// One of `tests/scenarios`, which are described in `tests/tests/scenarios.rs`.
struct Scenario: Sendable {
    /// Its path below the folder of all.
    let name: String
    let script: Script
    private let words: [String: Json]

    /// All that there are.
    static var all: [Scenario] {
        get throws {
            let world = folder.appendingPathComponent("world.json")
            let words = try Json(String(contentsOf: world, encoding: .utf8)).members
            let files = FileManager.default.enumerator(atPath: folder.path)?.allObjects ?? []
            let names = files.compactMap { $0 as? String }.filter {
                $0.contains("/") && $0.hasSuffix(".json")
            }
            guard !names.isEmpty else { throw Failure("no scenario in \(folder.path)") }
            return try names.sorted().map { name in
                let file = folder.appendingPathComponent(name)
                let text = try String(contentsOf: file, encoding: .utf8)
                let script = try Script(name, text) {
                    App.steps.contains($0) || words.keys.contains($0)
                }
                return Scenario(name: name, script: script, words: words)
            }
        }
    }

    /// Plays it on a terminal of its own, and tells what was heard.
    func play(_ handOff: any HandOff) async throws -> [String] {
        var trace: [String] = []
        try await Gateway.withOwn { gateway in
            try await withDataDirectory { directory in
                var world = World(gateway, words)
                let url = Json.object(["gateway_url": .text(gateway.url)])
                let app = try await App(directory, url, handOff)
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
                trace = app.trace
            }
        }
        return trace
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

    /// Where the sources are, also by way of a link to this file.
    private static let folder: URL = {
        var root = URL(fileURLWithPath: #filePath)
        let path = "tests/scenarios"
        while root.path != "/" {
            root.deleteLastPathComponent()
            let folder = root.appendingPathComponent(path)
            if FileManager.default.fileExists(atPath: folder.path + "/world.json") { return folder }
        }
        return root.appendingPathComponent(path)
    }()
}

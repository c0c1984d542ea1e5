import Foundation
import MpacPgw

/// An app with a terminal.
final class App {
    private(set) var trace: [String] = []
    private let directory: URL
    private let handOff: any HandOff
    private var terminal: PaymentTerminal
    private var attempt: PaymentAttempt?
    private var codes = Codes()

    /// What the attempts have told, and how much of that the app has listened to.
    private var told = Journal()
    private var listened = 0
    private var ears: [Task<Void, Never>] = []

    init(_ directory: URL, _ argument: Json, _ handOff: any HandOff) async throws {
        self.directory = directory
        self.handOff = handOff
        terminal = try await PaymentTerminal.open(Self.configuration(directory, argument))
        try await handOff.start(terminal)
    }

    /// What the app does. Everything else is somebody else's.
    static let steps = [
        "app restarts", "app confirms", "app recovers", "app retrieves", "app hears", "app sees",
        "app cancels", "app switches", "app acknowledges", "app polls", "card app answers",
        "disk fails",
    ]

    func act(_ name: String, _ argument: Json) async throws {
        switch name {
        case "app restarts": try await restart(argument)
        case "app confirms":
            try await note("confirms") { line in
                let method = try Self.method(argument)
                listen(
                    to: [try await terminal.confirmPayment(argument.text("token"), method: method)])
                return line
            }
        case "app recovers":
            attempt = nil
            let attempts = try await terminal.recoverPending()
            listen(to: attempts)
            try await note("recovers") { $0.json("attempts", .number(Int64(attempts.count))) }
        case "app retrieves":
            try await note("retrieves") { line in
                let intent = try await terminal.retrievePaymentIntent(argument.text("token"))
                return line.word("status", intent.status).json("amount", .number(intent.amount))
            }
        case "app hears": try await hear(argument.text)
        case "app sees": try await see(argument.text)
        case "app cancels":
            try await note("cancels") { $0.word("outcome", try await theAttempt.cancel()) }
        case "app switches":
            try await note("switches") { line in
                let method = try Self.method(argument)
                return line.word("outcome", try await theAttempt.switchMethod(method))
            }
        case "app acknowledges":
            try await note("acknowledges") {
                $0.json("gone", .bool(try await theAttempt.acknowledge()))
            }
        case "app polls": try theAttempt.pollNow()
        case "card app answers":
            try await note("answers", by: "card app") { line in
                try await handOff.answer(argument)
                return line
            }
        case "disk fails": try FileManager.default.removeItem(at: directory)
        default: throw Failure("the app does no such thing")
        }
    }

    /// Closes the app, and writes down what nobody has listened to.
    func end() async throws {
        try await handOff.stop()
        await terminal.shutDown()
        // What is told before the end is handed out before the end.
        for ear in ears { await ear.value }
        for event in told.all[listened...] { try write(heard(event, &codes)) }
    }

    private func restart(_ argument: Json) async throws {
        try await handOff.stop()
        await terminal.shutDown()
        // What the old one has told and nobody has heard is lost with it.
        (told, listened, ears, attempt) = (Journal(), 0, [], nil)
        terminal = try await reopen(Self.configuration(directory, argument))
        try await handOff.start(terminal)
        try write(Line("app", "restarts"))
    }

    /// Listens to attempts, of which the first is *the* attempt.
    private func listen(to attempts: [PaymentAttempt]) {
        attempt = attempts.first
        ears += attempts.map { attempt in
            Task { [told] in for await event in attempt.events { told.add(event) } }
        }
    }

    /// Waits for an event, and writes down all that come before it.
    private func hear(_ name: String) async throws {
        while true {
            try await told.wait(for: name) { [listened] in $0.count > listened }
            let event = told.all[listened]
            listened += 1
            try write(heard(event, &codes))
            if case .cardAppRequested(let request) = event.kind {
                try await handOff.request(request)
            }
            if event.name == name { return }
            guard !event.isFinal else { throw Failure("\(event.name) instead of \(name)") }
        }
    }

    private func see(_ name: String) async throws {
        let attempt = try theAttempt
        let state = try await within(.seconds(30), name) {
            for await state in attempt.states where spelled(state) == name { return state }
            throw Failure("\(spelled(attempt.state)) instead of \(name)")
        }
        try write(seen(state, &codes))
    }

    private var theAttempt: PaymentAttempt {
        get throws {
            guard let attempt else { throw Failure("there is no attempt") }
            return attempt
        }
    }

    /// Writes down what was done, or why it could not be.
    private func note(
        _ what: String, by who: String = "app", _ does: (Line) async throws -> Line
    ) async throws {
        let line = Line(who, what)
        do {
            try write(try await does(line))
        } catch let error as TerminalError {
            try write(line.error(error))
        }
    }

    func write(_ line: Line) throws {
        trace.append(try line.written)
    }

    func write(_ line: String?) {
        if let line { trace.append(line) }
    }

    private static func configuration(_ directory: URL, _ argument: Json) throws -> TerminalConfig {
        var configuration = TerminalConfig(gatewayUrl: "", dataDirectory: directory)
        configuration.requestTimeout = .seconds(20)
        var interval: Duration = .seconds(1)
        for (option, value) in argument.members {
            switch option {
            case "gateway_url": configuration.gatewayUrl = try value.text
            case "request_timeout_s": configuration.requestTimeout = .seconds(try value.number)
            case "poll_s": interval = .seconds(try value.number)
            case "backoff_after_s":
                configuration.polling.backoffAfter = .seconds(try value.number)
            default: throw Failure("there is no option \(option)")
            }
        }
        // Ask as often as that, whatever happens.
        configuration.polling.minInterval = interval
        configuration.polling.maxInterval = interval
        configuration.polling.backoffInterval = interval
        configuration.polling.unresolvedInterval = interval
        configuration.polling.expiryGrace = .seconds(1)
        return configuration
    }

    private static func method(_ argument: Json) throws -> PaymentMethod {
        switch try argument.text("method") {
        case "qr_mpm": .qrMpm(provider: try argument.text("provider"))
        case "qr_cpm":
            .qrCpm(
                provider: try argument.text("provider"),
                customerCode: Secret(try argument.text("customer_code")))
        case "credit_card": .creditCard
        case "cash": .cash
        case let other: throw Failure("there is no method \(other)")
        }
    }
}

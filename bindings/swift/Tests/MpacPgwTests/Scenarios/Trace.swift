import MpacPgw

/// The codes shown so far: each is named by its number.
struct Codes {
    private var known: [Secret] = []

    mutating func number(_ qr: QrCode) -> Int64 {
        if let index = known.firstIndex(of: qr.content) { return Int64(index + 1) }
        known.append(qr.content)
        return Int64(known.count)
    }
}

/// A line of the trace: compact JSON, members in the order in which they are added.
struct Line {
    private var members: [(name: String, value: Json)]

    init(_ who: String, _ what: String) {
        members = [(who, .text(what))]
    }

    func json(_ name: String, _ value: Json) -> Line {
        var line = self
        line.members.append((name, value))
        return line
    }

    func text(_ name: String, _ value: String) -> Line { json(name, .text(value)) }

    func word(_ name: String, _ value: Any) -> Line { text(name, spelled(value)) }

    func qr(_ qr: QrCode, _ codes: inout Codes) -> Line {
        text("provider", qr.provider).json("qr", .number(codes.number(qr)))
    }

    func unresolved(_ cause: UncertaintyCause, _ nextStep: NextStep) -> Line {
        word("cause", cause).word("next_step", nextStep)
    }

    func failed(_ code: FailureCode, _ canRetry: Bool) -> Line {
        word("code", code).json("can_retry", .bool(canRetry))
    }

    func error(_ error: TerminalError) -> Line {
        let line = word("error", error)
        return switch error {
        case .cardResultRefused(let refusal): line.word("refusal", refusal)
        case .noAnswer(let cause): line.word("cause", cause)
        case .gateway(let code, _, _, _): line.text("code", code)
        default: line
        }
    }

    var written: String {
        get throws {
            let members = try self.members.map {
                try "\(Json.text($0.name).compact):\($0.value.compact)"
            }
            return "{\(members.joined(separator: ","))}"
        }
    }
}

func heard(_ event: PaymentEvent, _ codes: inout Codes) throws -> Line {
    let name = spelled(event.kind)
    guard name == event.name else { throw Failure("\(name) is called \(event.name)") }
    let line = Line("event", name).word("method", event.method)
        .json("replayed", .bool(event.replayed))
    return switch event.kind {
    case .qrReady(let qr): line.qr(qr, &codes)
    case .cardAppRequested(let request):
        line.json("amount", .number(request.amount)).text("currency", request.currency)
    case .statusChanged(let status): line.word("status", status)
    case .switchRefused(let code, _): line.word("code", code)
    case .connectionLost(let cause): line.word("cause", cause)
    case .paymentFailed(let code, _, _, let canRetry): line.failed(code, canRetry)
    case .paymentCancelled(let by): line.word("by", by)
    case .paymentUnresolved(let cause, let nextStep): line.unresolved(cause, nextStep)
    default: line
    }
}

func seen(_ state: PaymentState, _ codes: inout Codes) -> Line {
    let line = Line("app", "sees").word("state", state)
    switch state {
    case .awaitingCustomer(let qr): return line.qr(qr, &codes)
    case .awaitingCardApp(let request): return line.json("amount", .number(request.amount))
    case .verifying(_, let cause): return line.word("cause", cause)
    case .finished(let result):
        let line = line.word("result", result)
        return switch result {
        case .failed(let code, _, _, let canRetry): line.failed(code, canRetry)
        case .cancelled(let by): line.word("by", by)
        case .unresolved(let cause, let nextStep): line.unresolved(cause, nextStep)
        default: line
        }
    default: return line
    }
}

/// The name of a case, in the spelling of the wire: `qrReady` is `qr_ready`.
func spelled(_ value: Any) -> String {
    if case .unknown(let name)? = value as? PaymentMethodType { return name }
    if case .unknown(let name)? = value as? PaymentIntentStatus { return name }
    let name = Mirror(reflecting: value).children.first?.label ?? "\(value)"
    return name.replacing(#/[A-Z]/#) { "_" + $0.output.lowercased() }
}

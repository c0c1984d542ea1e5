import Foundation

@testable import MpacCardContract

/// The JSON of a request, as a terminal writes it, with some members changed or, by `NSNull`, left out.
func requestJSON(_ changes: [String: Any] = [:]) throws -> Data {
    var members: [String: Any] = [
        "version": 1, "attempt_id": "6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c",
        "nonce": "00112233445566778899aabbccddeeff", "payment_intent_id": "pi_1",
        "amount": 1500, "currency": "JPY", "expires_at": "2999-12-08T10:30:00Z",
    ]
    members.merge(changes) { $1 }
    return try JSONSerialization.data(withJSONObject: members.filter { !($1 is NSNull) })
}

func requestURL(
    _ json: Data, action: String = "pay", callback: String = "till-example://card?order=1"
) throws -> URL {
    var parts = URLComponents()
    parts.scheme = "mpaccreditcard"
    parts.host = "x-callback-url"
    parts.path = "/" + action
    parts.queryItems = ["x-success", "x-cancel", "x-error"].map { .init(name: $0, value: callback) }
    parts.queryItems?.append(.init(name: "request", value: json.base64URL))
    guard let url = parts.url else { throw URLError(.badURL) }
    return url
}

func request(_ changes: [String: Any] = [:], action: String = "pay") throws -> CardRequest {
    try CardRequest(url: requestURL(requestJSON(changes), action: action))
}

func expired(_ changes: [String: Any] = [:]) throws -> CardRequest {
    let moment = Timestamps.format(.now.addingTimeInterval(-1))
    return try request(["expires_at": moment].merging(changes) { $1 })
}

/// A test number of a card scheme, put together here so that no file holds one.
let cardNumber = ["4111", "1111", "1111", "1111"].joined()

/// What the answer's URL holds.
func members(of url: URL) throws -> [String: Any] {
    let items = URLComponents(url: url, resolvingAgainstBaseURL: false)?.queryItems ?? []
    let result = items.filter { $0.name == "result" }
    guard result.count == 1, let json = result[0].value.flatMap({ Data(base64URL: $0) }),
        let members = try JSONSerialization.jsonObject(with: json) as? [String: Any]
    else { throw URLError(.badURL) }
    return members
}

/// Runs `body` with an empty folder.
func withFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("mpac-\(UUID().uuidString)", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Everyone but the app: each of their steps is one request to the gateway.
struct World {
    private let gateway: Gateway
    /// What the steps mean, as `world.json` has it.
    private let words: [String: Json]
    private let session = URLSession(configuration: .ephemeral)
    private var saved: [String: String]
    private var requests = 0

    init(_ gateway: Gateway, _ words: [String: Json]) {
        self.gateway = gateway
        self.words = words
        saved = [
            "gateway": gateway.url, "address": String(gateway.url.trimmingPrefix("http://")),
        ]
    }

    /// Does what the step says. Returns the line for the trace, if there is one.
    mutating func act(_ name: String, _ argument: Json) async throws -> String? {
        let word = Json.object(words[name]?.members ?? [:])
        requests += 1
        saved["n"] = "\(requests)"

        let path = try fill(word.text("path"))
        let method = try word.members["method"]?.text ?? "POST"
        let added = word.members["body"]?.members ?? [:]
        let members = try fill(.object(added.merging(argument.members) { $1 }))
        let body = method == "POST" ? try members.compact : ""

        guard let url = URL(string: gateway.url + path) else { throw Failure("\(path): no path") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.isEmpty ? nil : Data(body.utf8)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        if word.members["sign"] == .bool(true) {
            let signed = try await gateway.authorization(method, path, body: body)
            request.setValue(signed, forHTTPHeaderField: "Authorization")
            request.setValue("key_\(requests)", forHTTPHeaderField: "Idempotency-Key")
        }
        let (data, response) = try await session.data(for: request)
        let status = Int64((response as? HTTPURLResponse)?.statusCode ?? 0)
        let text = String(decoding: data, as: UTF8.self)
        let expected = try word.members["status"].map { try $0.number...$0.number } ?? 200...299
        guard expected ~= status else { throw Failure("\(method) \(path): \(status) \(text)") }

        let answer = try Json(text)
        for (name, field) in word.members["save"]?.members ?? [:] {
            saved[name] = try answer.text(field.text)
        }
        guard let told = try word.members["tell"]?.text else { return nil }
        let said = name.split(separator: " ", maxSplits: 1).map(String.init)
        return try Line(said[0], said[1]).json(told, answer.members[told] ?? .null).written
    }

    /// Puts what was saved in the place of `$name`.
    func fill(_ value: Json) throws -> Json {
        switch value {
        case .text(let text): .text(try fill(text))
        case .array(let items): .array(try items.map(fill))
        case .object(let members): .object(try members.mapValues(fill))
        default: value
        }
    }

    private func fill(_ text: String) throws -> String {
        try text.replacing(#/\$([a-z]*)/#) { match in
            guard let value = saved[String(match.1)] else {
                throw Failure("nothing was saved as \(match.0)")
            }
            return value
        }
    }
}

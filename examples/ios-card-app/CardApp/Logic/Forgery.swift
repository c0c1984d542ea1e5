import Foundation
import MpacCardContract

/// Answers that a terminal has to refuse.
enum Forgery {
    /// An approval of another request than the one that the app was opened with, rightly signed.
    static func answer(
        _ asked: URL, _ key: (any CardKey)?, change: (inout [String: Any]) -> Void
    ) throws -> URL {
        var parts = URLComponents(url: asked, resolvingAgainstBaseURL: false)
        let items = parts?.queryItems ?? []
        guard let index = items.firstIndex(where: { $0.name == "request" }),
            let json = items[index].value.flatMap(decode),
            var members = try JSONSerialization.jsonObject(with: json) as? [String: Any]
        else { throw URLError(.badURL) }
        change(&members)
        let changed = try JSONSerialization.data(withJSONObject: members)
        parts?.queryItems?[index].value = encode(changed)
        guard let url = parts?.url else { throw URLError(.badURL) }
        return try CardAnswer.approved(approvalCode: "A1B2C3", cardBrand: "VISA")
            .url(for: CardRequest(url: url), signedBy: key)
    }

    /// An answer that nobody can read.
    static func nonsense(_ request: CardRequest) -> URL {
        let item = URLQueryItem(name: "result", value: encode(Data("approved!".utf8)))
        return request.callback.appending(queryItems: [item])
    }

    // base64url, of RFC 4648.

    private static func decode(_ text: String) -> Data? {
        let base64 = text.replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
        return Data(base64Encoded: base64 + padding)
    }

    private static func encode(_ data: Data) -> String {
        data.base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}

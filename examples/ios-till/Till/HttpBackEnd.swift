import Foundation

/// `examples/backend`, or what you make of it.
struct HttpBackEnd: BackEnd {
    private static let timeout: TimeInterval = 10

    let url: String

    func createPayment(amount: Int64) async throws -> String {
        guard let url = URL(string: "\(url)/payments") else { throw URLError(.badURL) }
        var request = URLRequest(url: url, timeoutInterval: Self.timeout)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = try JSONEncoder().encode(Order(amount: amount))
        let (answer, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse, response.statusCode < 300 else {
            throw URLError(.badServerResponse)
        }
        return try JSONDecoder().decode(Payment.self, from: answer).paymentToken
    }

    private struct Order: Encodable {
        let amount: Int64
    }

    private struct Payment: Decodable {
        let paymentToken: String

        enum CodingKeys: String, CodingKey {
            case paymentToken = "payment_token"
        }
    }
}

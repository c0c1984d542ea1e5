/// The merchant's own server. It has the secret key, which never comes to a till.
protocol BackEnd: Sendable {
    /// Creates a payment, and returns its payment token. One that was created although this throws is
    /// never paid.
    func createPayment(amount: Int64) async throws -> String
}

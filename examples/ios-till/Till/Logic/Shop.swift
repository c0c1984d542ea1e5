import Foundation

/// What differs from shop to shop: see README.md.
struct Shop: Sendable {
    var gatewayUrl = "http://127.0.0.1:4242"
    var backEndUrl = "http://127.0.0.1:4300"
    /// Only for a gateway without TLS on another machine, while you develop.
    var allowCleartext = false
    var wallet = "PAYPAY"
    /// What the card app signs by: answers of others do not count. Nobody has the private key of this
    /// one: put in what your card app shows.
    var cardAppPublicKeys = [
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkDKDqCy5XdUkd3lYGOi+TCdB5R"
            + "0uIIjvomi/dm72Ta4El7ObrGVAKgdy29lhhSowk+6c8fcqvoqgqDog6C+ZSQ=="
    ]
    /// Where the card app returns to. A shop's till has a universal link here, such as
    /// `https://till.example/card`: iOS gives it to no other app.
    var callback = "till-example://card"
}

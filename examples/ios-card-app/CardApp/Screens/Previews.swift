import CryptoKit
import Foundation
import MpacCardContract
import SwiftUI

struct CardApp_Previews: PreviewProvider {
    static var previews: some View {
        ScrollView { WaitingView(publicKey: publicKey) }.previewDisplayName("Waiting")
        ScrollView { WaitingView(publicKey: nil) }.previewDisplayName("No key")
        if let request {
            ScrollView { PaymentView(request: request, isInterrupted: false) { _ in } }
                .previewDisplayName("A card")
            ScrollView { PaymentView(request: request, isInterrupted: true) { _ in } }
                .previewDisplayName("A card, interrupted")
        }
    }

    private static var publicKey: String {
        P256.Signing.PrivateKey().publicKey.derRepresentation.base64EncodedString()
    }

    /// As a till asks.
    private static var request: CardRequest? {
        let json = """
            {"version":1,"attempt_id":"preview","nonce":"00112233445566778899aabbccddeeff",
            "payment_intent_id":"pi_preview","amount":1500,"currency":"JPY",
            "expires_at":"2099-12-31T00:00:00Z"}
            """
        var url = URLComponents()
        url.scheme = CardContract.scheme
        url.host = "x-callback-url"
        url.path = "/pay"
        url.queryItems = [
            URLQueryItem(name: "request", value: Data(json.utf8).base64EncodedString()),
            URLQueryItem(name: "x-success", value: "till-example://card"),
        ]
        return url.url.flatMap { try? CardRequest(url: $0) }
    }
}

import Foundation
import Testing

@testable import MpacCardContract

struct CardRequestTests {
    @Test func everyMemberIsRead() throws {
        let request = try request(["merchant_store_id": "s1", "unknown": "x"])
        #expect(request.action == .pay)
        #expect(request.version == 1)
        #expect(request.attemptId == "6b0f4c1e-7f0a-4a53-9d58-0c0c0c0c0c0c")
        #expect(request.nonce == "00112233445566778899aabbccddeeff")
        #expect(request.paymentIntentId == "pi_1")
        #expect(request.amount == 1500)
        #expect(request.currency == "JPY")
        #expect(request.merchantStoreId == "s1")
        #expect(request.merchantTerminalId == nil)
        #expect(request.callback.absoluteString == "till-example://card?order=1")
    }

    @Test func noDescriptionHoldsTheNonce() throws {
        let request = try request()
        var dumped = ""
        dump(request, to: &dumped)
        #expect(!dumped.contains(request.nonce))
        #expect(!"\(request) \(String(reflecting: request))".contains(request.nonce))
    }

    @Test func whoAsksIsToldFromWhoPays() throws {
        #expect(try request(action: "find").action == .find)
        #expect(try request(["version": 2]).version == 2)
    }

    @Test(arguments: [
        "2025-12-08T10:30:00Z", "2025-12-08T10:30:00.123456Z", "2025-12-08T19:30:00+09:00",
    ])
    func aMomentIsReadInEveryZone(_ text: String) throws {
        let moment = try request(["expires_at": text]).expiresAt
        #expect(moment == Date(timeIntervalSince1970: 1_765_189_800))
    }

    @Test func whatIsRefusedSaysWhichMember() throws {
        let long = String(repeating: "x", count: 65)
        let table: [String: [Any]] = [
            "version": [NSNull(), 0, 3, "1"],
            "attempt_id": [NSNull(), "", "../x", "a.b", 7, long],
            "nonce": [NSNull(), "", "0011", String(repeating: "x", count: 32)],
            "payment_intent_id": [NSNull(), "", "pi 1"],
            "amount": [NSNull(), 0, -1, 1.5, "1500", Double.greatestFiniteMagnitude],
            "currency": [NSNull(), "", "jpy", "YEN1", "円"],
            "merchant_store_id": [7],
            "expires_at": [NSNull(), "", "tomorrow", "2025-13-08T10:30:00Z", 1],
        ]
        for (field, values) in table {
            for value in values {
                do {
                    _ = try request([field: value])
                    Issue.record("\(field) is \(value)")
                } catch let error as CardRequestError {
                    #expect(error.field == field, "\(value)")
                }
            }
        }
        for json in ["", "[]", "{"] {
            #expect(throws: CardRequestError.self, "\(json)") {
                try CardRequest(url: requestURL(Data(json.utf8)))
            }
        }
    }

    @Test(arguments: [
        "", "card", "http://shop.example/card", "javascript://x", "file:///etc", "till://card#x",
    ])
    func nobodyIsReturnedToWhoIsNoApp(_ callback: String) throws {
        let json = try requestJSON()
        #expect(throws: CardRequestError.self) {
            try CardRequest(url: requestURL(json, callback: callback))
        }
    }

    @Test(arguments: [
        "mpaccreditcard://x-callback-url/refund?request=e30", "mpaccreditcard://other/pay",
        "till://x-callback-url/pay", "mpaccreditcard://x-callback-url/pay",
    ])
    func anotherURLIsNoRequest(_ text: String) throws {
        let url = try #require(URL(string: text))
        #expect(throws: CardRequestError.self) { try CardRequest(url: url) }
    }
}

import CryptoKit
import Foundation
import UIKit

@testable import MpacCardContract

/// The card app on the device, by the real library for it. A test says what its user does.
@MainActor
final class StandInCardApp {
    let book: ChargeBook
    /// What it was opened with.
    private(set) var opened: [URL] = []
    /// How often the card was charged.
    private(set) var charges = 0
    /// What is to happen when it is opened, beside that.
    var onOpen: (@MainActor () -> Void)?

    private let device = UIApplication.shared

    init(_ folder: URL, key: SecureEnclave.P256.Signing.PrivateKey?) {
        book = ChargeBook(
            folder: folder.appendingPathComponent("charges"),
            key: key.map { EnclaveKey($0.dataRepresentation) })
        install()
    }

    /// Nothing opens its URLs from now on.
    func remove() { device.apps = [:] }

    func install() {
        device.apps = [
            CardContract.scheme: { [weak self] url in
                guard let self else { return }
                opened.append(url)
                onOpen?()
                device.leave()
            }
        ]
    }

    var actions: [CardRequest.Action] {
        opened.compactMap { try? CardRequest(url: $0).action }
    }

    /// What it was asked last.
    func request() throws -> CardRequest {
        guard let url = opened.last else { throw Failure("the card app was not opened") }
        return try CardRequest(url: url)
    }

    /// Charges the card, and returns the URL that is to be opened.
    func charge(
        _ answer: CardAnswer = .approved(
            approvalCode: FakeCardApp.approvalCode, cardBrand: "VISA",
            maskedPan: FakeCardApp.maskedPan)
    ) throws -> URL {
        let request = try request()
        guard try book.begin(request) == .begun else { throw Failure("it was begun before") }
        if answer.outcome == .approved { charges += 1 }
        return try book.url(book.finish(request, answer), for: request)
    }

    /// An approval by somebody who has altered the request, and has another key if one.
    func forge(_ changes: [String: Any] = [:], key: (any CardKey)? = nil) throws -> URL {
        var parts = opened.last.flatMap { URLComponents(url: $0, resolvingAgainstBaseURL: false) }
        let item = parts?.queryItems?.firstIndex { $0.name == "request" }
        guard let item, let text = parts?.queryItems?[item].value,
            let json = Data(base64URL: text),
            var members = try JSONSerialization.jsonObject(with: json) as? [String: Any]
        else { throw Failure("the card app was not opened") }
        members.merge(changes) { $1 }
        let altered = try JSONSerialization.data(withJSONObject: members)
        parts?.queryItems?[item].value = altered.base64URL
        guard let url = parts?.url else { throw Failure("not a URL") }
        return try CardAnswer.approved(approvalCode: "FORGED", cardBrand: "VISA")
            .url(for: CardRequest(url: url), signedBy: key)
    }

    /// Tells what it did, and returns the URL that is to be opened.
    func tell() throws -> URL {
        let request = try request()
        guard request.action == .find else { throw Failure("nobody has asked") }
        return try book.answer(to: request)
    }
}
